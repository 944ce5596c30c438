// The portrait that all pages share, and the element that chooses it: by file, drag and drop, paste or webcam. The service finds the faces, which
// are drawn over the picture; a click chooses another.
import { upload } from './api.js';
import { getLimits, inMegabytes } from './limits.js';
import { takePicture } from './camera.js';
import { acceptDrops } from './drop.js';

class SharedPortrait extends EventTarget {
  file = null;
  url = null;
  found = null;     // the service's answer: id, width, height, faces
  face = 'largest';
  problem = '';
  isBusy = false;
  #upload = null;

  async choose(file) {
    this.#upload?.abort();
    const uploading = this.#upload = new AbortController();
    if (this.url) URL.revokeObjectURL(this.url);
    Object.assign(this, { file, url: URL.createObjectURL(file), found: null, face: 'largest', problem: '', isBusy: true });
    this.#changed();
    try {
      await this.#check(file);
      const found = await this.#send(uploading.signal);
      if (uploading.signal.aborted) return;
      this.found = found;
      this.problem = found.faces.length === 0 ? 'No face was found. Take a picture that shows a face from the front.' : '';
    } catch (error) {
      if (error.name === 'AbortError' || uploading.signal.aborted) return;
      this.problem = error.message;
    }
    this.isBusy = false;
    this.#changed();
  }

  // Sends the picture again: the service forgets pictures that are not used.
  async renew() {
    this.found = await this.#send();
  }

  chooseFace(number) {
    this.face = String(number);
    this.#changed();
  }

  get isReady() {
    return this.found !== null && this.found.faces.length > 0;
  }

  // What is missing before it can be sent; empty for nothing.
  get missing() {
    return this.isReady ? '' : this.problem || (this.isBusy ? 'The portrait is still being looked at.' : 'Choose a portrait first.');
  }

  // The name of the face that is chosen now.
  get faceNumber() {
    return this.face === 'largest' ? this.found?.faces.find((face) => face.is_largest)?.number : Number(this.face);
  }

  #send(signal) {
    const form = new FormData();
    form.append('portrait', this.file);
    return upload('/v1/portraits', form, { signal });
  }

  async #check(file) {
    const limits = await getLimits();
    if (file.size > limits.largest_portrait_bytes) throw new Error(`The picture has ${inMegabytes(file.size)}; at most ${inMegabytes(limits.largest_portrait_bytes)} are taken.`);
    const image = new Image();
    image.src = this.url;
    try {
      await image.decode();
    } catch {
      throw new Error('This file is no picture that the browser can show.');
    }
    const [least, most] = [Math.min(image.naturalWidth, image.naturalHeight), Math.max(image.naturalWidth, image.naturalHeight)];
    if (least < limits.smallest_image_side || most > limits.largest_image_side) {
      throw new Error(`The picture has ${image.naturalWidth} × ${image.naturalHeight} pixels; each side may have ${limits.smallest_image_side} to ${limits.largest_image_side}.`);
    }
  }

  #changed() {
    this.dispatchEvent(new Event('change'));
  }
}

export const portrait = new SharedPortrait();

let count = 0;

class PortraitPicker extends HTMLElement {
  connectedCallback() {
    const id = `portrait-file-${++count}`;
    this.innerHTML = `
      <div class="drop">
        <div class="choices">
          <input type="file" id="${id}" accept="image/png,image/jpeg,image/webp,image/gif,image/bmp">
          <label for="${id}" class="button">Choose a picture</label>
          <button type="button" class="shoot">Use the camera</button>
        </div>
        <p class="hint">Or drop a picture here, or paste one.</p>
        <div class="picture" hidden><img alt="The chosen portrait"><div class="faces"></div></div>
        <p class="status" role="status"></p>
        <p class="problem" role="alert"></p>
      </div>`;
    const input = this.querySelector('input');
    input.addEventListener('change', () => input.files[0] && portrait.choose(input.files[0]));
    this.querySelector('.shoot').addEventListener('click', async () => {
      const file = await takePicture();
      if (file) portrait.choose(file);
    });
    acceptDrops(this.querySelector('.drop'), /^image\//, (file) => portrait.choose(file));
    portrait.addEventListener('change', () => this.#show());
    this.#show();
  }

  #show() {
    const picture = this.querySelector('.picture');
    picture.hidden = portrait.url === null;
    if (portrait.url) this.querySelector('img').src = portrait.url;
    const faces = this.querySelector('.faces');
    faces.replaceChildren(...(portrait.found?.faces ?? []).map((face) => this.#frame(face)));
    const number = portrait.found?.faces.length ?? 0;
    this.querySelector('.status').textContent = portrait.isBusy ? 'Looking for faces…'
      : number === 1 ? 'One face was found.'
      : number > 1 ? `${number} faces were found; face ${portrait.faceNumber} is chosen. Choose another by a click.` : '';
    this.querySelector('.problem').textContent = portrait.problem;
  }

  #frame(face) {
    const { width, height } = portrait.found;
    const frame = document.createElement('button');
    frame.type = 'button';
    frame.className = 'face';
    frame.setAttribute('aria-label', `Face ${face.number} of ${portrait.found.faces.length}`);
    frame.setAttribute('aria-pressed', String(face.number === portrait.faceNumber));
    const part = (value, whole) => `${Math.max(0, Math.min(100, 100 * value / whole))}%`;
    Object.assign(frame.style, { left: part(face.x, width), top: part(face.y, height), width: part(face.width, width), height: part(face.height, height) });
    if (portrait.found.faces.length > 1) frame.append(Object.assign(document.createElement('span'), { textContent: face.number }));
    frame.addEventListener('click', () => portrait.chooseFace(face.number));
    return frame;
  }
}

customElements.define('moda-portrait', PortraitPicker);

document.addEventListener('paste', (event) => {
  const file = [...event.clipboardData.files].find((one) => one.type.startsWith('image/'));
  if (file) portrait.choose(file);
});
