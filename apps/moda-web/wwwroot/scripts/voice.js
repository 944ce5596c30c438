// The voice, and the element that chooses it: by file, drag and drop or microphone. Its waveform is drawn, and it can be trimmed and heard.
import { acceptDrops } from './drop.js';
import { getLimits, inMegabytes } from './limits.js';
import { toWav } from './wav.js';

const context = () => (context.shared ??= new AudioContext());

let count = 0;

class VoicePicker extends HTMLElement {
  #file = null;
  #sound = null;      // AudioBuffer; null where the browser cannot decode the file
  #recorder = null;
  #player = null;
  #isRecorded = false;

  connectedCallback() {
    const id = `voice-file-${++count}`;
    this.innerHTML = `
      <div class="drop">
        <div class="choices">
          <input type="file" id="${id}" accept="audio/*,video/mp4,video/webm">
          <label for="${id}" class="button">Choose a sound</label>
          <button type="button" class="record" aria-pressed="false">Record</button>
        </div>
        <p class="hint">Or drop a sound here. Whatever is heard will be spoken.</p>
        <div class="sound" hidden>
          <div class="waveform"><canvas role="img" aria-label="The waveform of the voice"></canvas></div>
          <div class="trim">
            <label class="field">Begins at <output></output><input type="range" class="from" min="0" max="1" step="0.01" value="0"></label>
            <label class="field">Ends at <output></output><input type="range" class="to" min="0" max="1" step="0.01" value="1"></label>
          </div>
          <div class="actions"><button type="button" class="small listen">Listen</button></div>
        </div>
        <p class="status" role="status"></p>
        <p class="problem" role="alert"></p>
      </div>`;
    const input = this.querySelector('input[type="file"]');
    input.addEventListener('change', () => input.files[0] && this.choose(input.files[0]));
    this.querySelector('.record').addEventListener('click', () => this.#toggleRecording());
    this.querySelector('.listen').addEventListener('click', () => this.#togglePlaying());
    for (const range of this.querySelectorAll('.trim input')) range.addEventListener('input', () => this.#trim(range));
    acceptDrops(this.querySelector('.drop'), /^(audio|video)\//, (file) => this.choose(file));
    new ResizeObserver(() => this.#draw()).observe(this.querySelector('.waveform'));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#draw());
  }

  get isReady() {
    return this.#file !== null && this.problem === '';
  }

  get problem() {
    return this.querySelector('.problem').textContent;
  }

  // What is sent: the file as it is, unless it was trimmed or recorded.
  get content() {
    const { from, to, isWhole } = this.#range();
    if (this.#sound === null || (isWhole && !this.#isRecorded)) return this.#file;
    const rate = this.#sound.sampleRate;
    const channels = Array.from({ length: Math.min(2, this.#sound.numberOfChannels) }, (_, n) => this.#sound.getChannelData(n).subarray(from * rate, to * rate));
    return toWav(channels, rate);
  }

  async choose(file, isRecorded = false) {
    this.#stopPlaying();
    this.#file = file;
    this.#isRecorded = isRecorded;
    this.#sound = null;
    this.#say('', '');
    try {
      const limits = await getLimits();
      if (file.size > limits.largest_voice_bytes) {
        this.#file = null;
        throw new Error(`The sound has ${inMegabytes(file.size)}; at most ${inMegabytes(limits.largest_voice_bytes)} are taken.`);
      }
      try {
        this.#sound = await context().decodeAudioData(await file.arrayBuffer());
      } catch {
        this.#say('The browser cannot decode this file; the service will try.', '');
      }
    } catch (error) {
      this.#say('', error.message);
    }
    this.querySelector('.sound').hidden = this.#sound === null;
    if (this.#sound) {
      for (const [range, value] of [['.from', 0], ['.to', this.#sound.duration]]) {
        const input = this.querySelector(range);
        input.max = this.#sound.duration;
        input.value = value;
      }
      await this.#showRange();
    }
    this.dispatchEvent(new Event('change'));
  }

  #say(status, problem) {
    this.querySelector('.status').textContent = status;
    this.querySelector('.problem').textContent = problem;
  }

  #range() {
    const [from, to] = ['.from', '.to'].map((range) => Number(this.querySelector(range).value));
    return { from, to, isWhole: from === 0 && to >= (this.#sound?.duration ?? 0) - 0.011 };
  }

  #trim(moved) {
    const least = 0.1;
    const [from, to] = [this.querySelector('.from'), this.querySelector('.to')];
    if (Number(to.value) - Number(from.value) < least) {
      if (moved === from) from.value = Math.max(0, Number(to.value) - least);
      else to.value = Number(from.value) + least;
    }
    this.#stopPlaying();
    this.#showRange();
    this.dispatchEvent(new Event('change'));
  }

  async #showRange() {
    const { from, to } = this.#range();
    const [first, second] = this.querySelectorAll('.trim output');
    first.textContent = `${from.toFixed(1)} s`;
    second.textContent = `${to.toFixed(1)} s`;
    const limits = await getLimits();
    const seconds = to - from;
    const wrong = seconds < limits.shortest_voice_seconds ? `at least ${limits.shortest_voice_seconds} s are needed`
      : seconds > limits.longest_voice_seconds ? `at most ${limits.longest_voice_seconds} s are taken; trim it` : '';
    this.#say(wrong ? '' : `${seconds.toFixed(1)} s of voice.`, wrong && `The voice lasts ${seconds.toFixed(1)} s; ${wrong}.`);
    this.#draw();
  }

  #draw() {
    const canvas = this.querySelector('canvas');
    const width = canvas.clientWidth * devicePixelRatio;
    const height = canvas.clientHeight * devicePixelRatio;
    if (!this.#sound || width === 0) return;
    Object.assign(canvas, { width, height });
    const paint = canvas.getContext('2d');
    const colours = getComputedStyle(this);
    const samples = this.#sound.getChannelData(0);
    const { from, to } = this.#range();
    const bar = 3 * devicePixelRatio;
    for (let x = 0; x < width; x += bar) {
      const start = Math.floor(x / width * samples.length);
      const end = Math.max(start + 1, Math.floor((x + bar) / width * samples.length));
      let peak = 0;
      for (let n = start; n < end; n += 4) peak = Math.max(peak, Math.abs(samples[n]));
      const time = start / this.#sound.sampleRate;
      paint.fillStyle = colours.getPropertyValue(time >= from && time <= to ? '--accent' : '--line');
      const tall = Math.max(2, peak * height * 0.92);
      paint.fillRect(x, (height - tall) / 2, bar * 0.66, tall);
    }
  }

  async #toggleRecording() {
    const button = this.querySelector('.record');
    if (this.#recorder) {
      this.#recorder.stop();
      return;
    }
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const parts = [];
      this.#recorder = new MediaRecorder(stream);
      this.#recorder.ondataavailable = (event) => parts.push(event.data);
      this.#recorder.onstop = () => {
        stream.getTracks().forEach((track) => track.stop());
        const type = this.#recorder.mimeType;
        this.#recorder = null;
        button.textContent = 'Record';
        button.setAttribute('aria-pressed', 'false');
        this.choose(new File(parts, 'recording', { type }), true);
      };
      this.#recorder.start();
      button.textContent = 'Stop recording';
      button.setAttribute('aria-pressed', 'true');
      this.#say('Recording…', '');
    } catch {
      this.#say('', 'The microphone cannot be used: it is missing, or the browser was told not to allow it. Browsers allow it on localhost and over HTTPS only.');
    }
  }

  #togglePlaying() {
    if (this.#player) {
      this.#stopPlaying();
      return;
    }
    const { from, to } = this.#range();
    context().resume();
    this.#player = new AudioBufferSourceNode(context(), { buffer: this.#sound });
    this.#player.connect(context().destination);
    this.#player.onended = () => this.#stopPlaying();
    this.#player.start(0, from, to - from);
    this.querySelector('.listen').textContent = 'Stop';
  }

  #stopPlaying() {
    this.#player?.stop();
    this.#player = null;
    this.querySelector('.listen').textContent = 'Listen';
  }
}

customElements.define('moda-voice', VoicePicker);
