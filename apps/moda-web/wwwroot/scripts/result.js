// The element that has a video made and shows it: it sends the form, plays the video while it is made, says how far it is, and lists what this
// browser has made before. A page gives it the kinds of videos that it shows.
import { request, upload } from './api.js';
import { history } from './history.js';

const pollTime = 500;
const fileNames = { talking: 'talking.mp4', dub: 'dubbed.mp4', drive: 'driven.mp4' };
let count = 0;

class VideoResult extends HTMLElement {
  #kinds = [];
  #current = null;      // the video that is being made: {id}
  #uploading = null;

  connectedCallback() {
    const id = `result-${++count}`;
    this.innerHTML = `
      <section class="card" aria-labelledby="${id}-title">
        <h2 id="${id}-title">Video</h2>
        <div class="stage"><video controls playsinline aria-label="The video"></video><p class="empty">The video plays here while it is being made.</p></div>
        <div class="progress" hidden><progress max="100" value="0" aria-label="Progress"></progress><p></p></div>
        <p class="status" role="status"></p>
        <p class="problem" role="alert"></p>
        <div class="actions">
          <button type="submit" class="primary make">Make the video</button>
          <button type="button" class="cancel" hidden>Cancel</button>
          <a class="button download" hidden>Download</a>
        </div>
        <p class="consent">Use a person's face or voice only with their consent. Videos carry the mark <code>moda-generated</code> in their metadata.</p>
      </section>
      <section class="card" aria-labelledby="${id}-history">
        <h2 id="${id}-history">Made in this browser</h2>
        <ul class="history"></ul>
        <p class="empty nothing">Nothing yet.</p>
      </section>`;
    this.querySelector('.cancel').addEventListener('click', () => this.#stop());
  }

  // Begins to show videos of some kinds; one that is still being made is followed again.
  start(kinds) {
    this.#kinds = kinds;
    this.#showHistory(true);
  }

  // Says that there is something to make.
  offer(text) {
    this.tell(text);
    this.querySelector('.make').focus();
  }

  tell(good, bad = '') {
    this.querySelector('.status').textContent = good;
    this.querySelector('.problem').textContent = bad;
  }

  // Sends a form, and follows the video to its end.
  async make(path, form) {
    this.#setBusy(true);
    this.tell('');
    this.#showProgress(null, 'Uploading…');
    this.#uploading = new AbortController();
    try {
      const made = await upload(path, form, {
        signal: this.#uploading.signal,
        onProgress: (share) => this.#showProgress(null, share < 1 ? `Uploading: ${Math.round(100 * share)} %` : 'Looking at what was sent…'),
        headers: { 'Idempotency-Key': crypto.randomUUID?.() ?? String(Math.random()).slice(2) },
      });
      history.add({ id: made.id, kind: made.kind, title: titleOf(made), created: Date.now() });
      this.#follow(made);
    } catch (error) {
      this.#setBusy(false);
      this.tell('', error.name === 'AbortError' ? '' : error.message);
    }
    this.#uploading = null;
  }

  get #video() {
    return this.querySelector('video');
  }

  // Plays a video that is being made and follows it to its end.
  #follow(made) {
    this.#current = { id: made.id };
    this.#setBusy(true);
    this.#play(`/v1/videos/${made.id}/stream`);
    this.#poll(this.#current);
  }

  #play(source) {
    this.querySelector('.stage .empty').hidden = true;
    this.#video.hidden = false;
    this.#video.src = source;
    // A browser may want a click first.
    this.#video.play().catch(() => {});
  }

  async #poll(followed) {
    while (this.#current === followed) {
      try {
        const made = await (await request(`/v1/videos/${followed.id}`, { cache: 'no-cache' })).json();
        if (this.#current !== followed) return;
        if (made.status === 'completed') return this.#complete(made);
        if (made.status === 'failed') return this.#fail(made.error.message);
        this.#showProgress(made.frames === 0 ? null : made.progress, describe(made));
      } catch (error) {
        if (this.#current !== followed) return;
        if (error.status === 404) return this.#fail('The video was deleted.');
        this.#showProgress(null, `${error.message} Trying again…`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollTime));
    }
  }

  #complete(made) {
    this.#current = null;
    this.#setBusy(false);
    this.tell('The video is complete.');
    this.#showComplete(made);
    // The stream cannot be sought in. The video itself takes its place where nobody looks at the stream.
    const video = this.#video;
    const replace = () => {
      if (!video.src.endsWith(`/${made.id}/stream`)) return;
      const time = video.ended ? 0 : video.currentTime;
      video.src = `/v1/videos/${made.id}/content`;
      video.currentTime = time;
    };
    if (video.paused || video.ended || video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) {
      const wasPlaying = !video.paused && !video.ended;
      replace();
      if (wasPlaying) video.play().catch(() => {});
    } else {
      video.addEventListener('pause', replace, { once: true });
    }
    this.#showHistory(false);
  }

  #showComplete(made) {
    const download = this.querySelector('.download');
    Object.assign(download, { href: `/v1/videos/${made.id}/content`, download: fileNames[made.kind], hidden: false });
  }

  #fail(message) {
    this.#current = null;
    this.#setBusy(false);
    this.#clearVideo();
    this.tell('', message);
    this.#showHistory(false);
  }

  #clearVideo() {
    this.#video.removeAttribute('src');
    this.#video.load();
    this.#video.hidden = true;
    this.querySelector('.stage .empty').hidden = false;
  }

  async #stop() {
    this.#uploading?.abort();
    const stopped = this.#current;
    this.#current = null;
    this.#setBusy(false);
    if (!stopped) return;
    this.#clearVideo();
    try {
      await history.delete(stopped.id);
      this.tell('Cancelled.');
    } catch (error) {
      this.tell('', error.message);
    }
    this.#showHistory(false);
  }

  #setBusy(isBusy) {
    const [make, cancel] = [this.querySelector('.make'), this.querySelector('.cancel')];
    make.disabled = isBusy;
    cancel.hidden = !isBusy;
    this.querySelector('.progress').hidden = !isBusy;
    if (isBusy) this.querySelector('.download').hidden = true;
    (isBusy ? cancel : make).focus({ preventScroll: true });
  }

  #showProgress(percent, text) {
    const bar = this.querySelector('progress');
    if (percent === null) bar.removeAttribute('value');
    else bar.value = percent;
    this.querySelector('.progress p').textContent = text;
  }

  async #showHistory(isStart) {
    const clips = await history.load(this.#kinds);
    this.querySelector('.history').replaceChildren(...clips.map((clip) => this.#toItem(clip)));
    this.querySelector('.nothing').hidden = clips.length > 0;
    const unfinished = clips.find((clip) => clip.video.status === 'queued' || clip.video.status === 'in_progress');
    if (isStart && unfinished && !this.#current) {
      this.tell('A video of this browser is still being made.');
      this.#follow(unfinished.video);
    }
  }

  #toItem(clip) {
    const item = document.createElement('li');
    const what = Object.assign(document.createElement('div'), { className: 'what', textContent: clip.title });
    const when = new Date(clip.created).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
    const state = { queued: 'waiting', in_progress: 'being made', failed: `failed: ${clip.video.error?.message}`, completed: clip.video.size?.replace('x', ' × ') }[clip.video.status];
    what.append(Object.assign(document.createElement('small'), { textContent: `${when} · ${state}` }));
    item.append(what);
    if (clip.video.status === 'completed') {
      item.append(toButton('Play', `Play the clip of ${when}`, () => {
        this.#current = null;
        this.#setBusy(false);
        this.tell('');
        this.#play(`/v1/videos/${clip.id}/content`);
        this.#showComplete(clip.video);
        this.#video.scrollIntoView({ block: 'nearest' });
      }));
    }
    item.append(toButton('Delete', `Delete the clip of ${when}`, async () => {
      if (this.#current?.id === clip.id) return this.#stop();
      try {
        await history.delete(clip.id);
        if (this.#video.src.includes(clip.id)) this.#clearVideo();
      } catch (error) {
        this.tell('', error.message);
      }
      this.#showHistory(false);
    }));
    return item;
  }
}

function titleOf(made) {
  const parts = [`${Number(made.seconds).toFixed(1)} s`];
  if (made.kind !== 'talking') parts.unshift(made.kind === 'dub' ? 'Dub' : 'Drive');
  if (made.options.emotion && made.options.emotion !== 'none') parts.push(made.options.emotion);
  return parts.join(', ');
}

function describe(made) {
  if (made.status === 'queued') return made.queue_position > 1 ? `Waiting: ${made.queue_position - 1} before it.` : 'Waiting for a place…';
  if (made.frames === 0) return describeBeginning(made);
  const parts = [`${made.frames} of ${made.total_frames} frames`];
  if (made.frames_per_second) parts.push(`${made.frames_per_second} frames/s`);
  if (made.seconds_left !== null) parts.push(`about ${timeOf(made.seconds_left)} left`);
  return parts.join(' · ');
}

// Before the first frame.
function describeBeginning(made) {
  switch (made.stage) {
    case 'tracking_face': return `Following the face: ${made.stage_frames} of ${made.total_frames} frames`;
    case 'reading_motion': return `Reading the motion: ${made.stage_frames} of ${made.total_frames} frames`;
    case 'encoding_audio': return 'Listening to the voice…';
    case 'generating_motion': return 'Making the motion…';
    default: return 'Preparing…';
  }
}

const timeOf = (seconds) => seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;

function toButton(text, label, act) {
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'small', textContent: text });
  button.setAttribute('aria-label', label);
  button.addEventListener('click', act);
  return button;
}

customElements.define('moda-result', VideoResult);
