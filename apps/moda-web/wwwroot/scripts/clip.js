// The element that chooses a video, by file or drag and drop, and shows it. With takes="motion" it also takes pictures and kept motion.
import { acceptDrops } from './drop.js';
import { getLimits, inMegabytes } from './limits.js';

const pictures = 'image/png,image/jpeg,image/webp,image/gif,image/bmp';
let count = 0;

class ClipPicker extends HTMLElement {
  file = null;
  #url = null;

  connectedCallback() {
    const id = `clip-file-${++count}`;
    const takesMotion = this.getAttribute('takes') === 'motion';
    this.innerHTML = `
      <div class="drop">
        <div class="choices">
          <input type="file" id="${id}" accept="${takesMotion ? `video/*,${pictures},.safetensors` : 'video/*'}">
          <label for="${id}" class="button">${takesMotion ? 'Choose a video or a picture' : 'Choose a video'}</label>
        </div>
        <p class="hint">${takesMotion ? 'Or drop one here. Motion that moda has kept (.safetensors) is taken too.' : 'Or drop a video here.'}</p>
        <div class="picture" hidden></div>
        <p class="status" role="status"></p>
        <p class="problem" role="alert"></p>
      </div>`;
    const input = this.querySelector('input');
    input.addEventListener('change', () => input.files[0] && this.choose(input.files[0]));
    acceptDrops(this.querySelector('.drop'), takesMotion ? /^(video|image)\/|^$/ : /^video\//, (file) => this.choose(file));
  }

  get isReady() {
    return this.file !== null && this.problem === '';
  }

  get problem() {
    return this.querySelector('.problem').textContent;
  }

  async choose(file) {
    this.file = file;
    this.#say('', '');
    if (this.#url) URL.revokeObjectURL(this.#url);
    const url = this.#url = URL.createObjectURL(file);
    const shown = file.type.startsWith('image/') ? await toPicture(url) : await toVideo(url);
    if (url !== this.#url) return;
    this.querySelector('.picture').replaceChildren(...shown ? [shown] : []);
    this.querySelector('.picture').hidden = !shown;
    try {
      const limits = await getLimits();
      const wrong = problemOf(file, shown, limits);
      this.#say(wrong ? '' : shown ? describe(shown) : 'The browser cannot show this file; the service will try.', wrong);
    } catch (error) {
      this.#say('', error.message);
    }
  }

  #say(status, problem) {
    this.querySelector('.status').textContent = status;
    this.querySelector('.problem').textContent = problem;
  }
}

// Null where the browser cannot show it.
async function toPicture(url) {
  const image = Object.assign(new Image(), { src: url, alt: 'The chosen picture' });
  try {
    await image.decode();
    return image;
  } catch {
    return null;
  }
}

function toVideo(url) {
  const video = Object.assign(document.createElement('video'), { src: url, controls: true, playsInline: true, preload: 'metadata' });
  video.setAttribute('aria-label', 'The chosen video');
  return new Promise((resolve) => {
    video.onloadedmetadata = () => resolve(video.videoWidth > 0 ? video : null);
    video.onerror = () => resolve(null);
  });
}

const sidesOf = (shown) => (shown instanceof HTMLVideoElement ? [shown.videoWidth, shown.videoHeight] : [shown.naturalWidth, shown.naturalHeight]);

function describe(shown) {
  const size = sidesOf(shown).join(' × ');
  return shown instanceof HTMLVideoElement && Number.isFinite(shown.duration) ? `${shown.duration.toFixed(1)} s, ${size} pixels.` : `${size} pixels.`;
}

function problemOf(file, shown, limits) {
  if (file.size > limits.largest_video_bytes) return `The file has ${inMegabytes(file.size)}; at most ${inMegabytes(limits.largest_video_bytes)} are taken.`;
  if (!(shown instanceof HTMLVideoElement)) return '';
  if (Math.max(...sidesOf(shown)) > limits.largest_video_side) return `The video has ${sidesOf(shown).join(' × ')} pixels; each side may have up to ${limits.largest_video_side}.`;
  if (Number.isFinite(shown.duration) && shown.duration > limits.longest_video_seconds) return `The video lasts ${shown.duration.toFixed(1)} s; at most ${limits.longest_video_seconds} s are taken.`;
  return '';
}

customElements.define('moda-clip', ClipPicker);
