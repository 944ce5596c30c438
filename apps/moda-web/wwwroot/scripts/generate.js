// The page that makes videos: it sends the form, plays the video while it is made, and says how far it is.
import { request, upload } from './api.js';
import { examples, fetchExample } from './examples.js';
import { history } from './history.js';
import { getLimits } from './limits.js';
import { portrait } from './portrait.js';

const pollTime = 500;
const byId = (id) => document.getElementById(id);
const [form, video, status, problem, make, cancel, download] = ['generate-form', 'video', 'status', 'problem', 'make', 'cancel', 'download'].map(byId);
const voice = document.querySelector('moda-voice');

let current = null;       // the video that is being made: {id}
let uploading = null;

export function start() {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  cancel.addEventListener('click', stop);
  byId('emotion-strength').addEventListener('input', (event) => {
    form.querySelector('output[for="emotion-strength"]').value = event.target.value === '0' ? 'as speech' : event.target.value;
  });
  byId('guidance').addEventListener('input', (event) => {
    form.querySelector('output[for="guidance"]').value = Number(event.target.value).toFixed(1);
  });
  byId('examples').append(...examples.map(toExample));
  getLimits().then((limits) => {
    if (!limits.has_face_parser) form.querySelector('option[value="face_mask"]').remove();
  }, (error) => tell('', error.message));
  showHistory(true);
}

const tell = (good, bad = '') => {
  status.textContent = good;
  problem.textContent = bad;
};

function toExample(example) {
  const item = document.createElement('li');
  const button = Object.assign(document.createElement('button'), { type: 'button' });
  button.append(example.title, Object.assign(document.createElement('small'), { textContent: example.about }));
  button.addEventListener('click', async () => {
    const [picture, sound] = await Promise.all([fetchExample(example.portrait), fetchExample(example.voice)]);
    form.elements.emotion.value = example.emotion;
    await Promise.all([portrait.choose(picture), voice.choose(sound)]);
    tell(`The example “${example.title}” is ready.`);
    make.focus();
  });
  item.append(button);
  return item;
}

function toForm() {
  const data = new FormData();
  data.append('portrait', portrait.file, 'portrait');
  data.append('voice', voice.content, 'voice');
  for (const name of ['emotion', 'guidance', 'seed', 'smoothing', 'region', 'paste_back', 'silence', 'steps']) data.append(name, form.elements[name].value);
  if (form.elements.emotion_strength.value !== '0') data.append('emotion_strength', form.elements.emotion_strength.value);
  data.append('face', portrait.face);
  return data;
}

async function send() {
  if (!portrait.isReady) return tell('', portrait.problem || (portrait.isBusy ? 'The portrait is still being looked at.' : 'Choose a portrait first.'));
  if (!voice.isReady) return tell('', voice.problem || 'Choose a voice first.');
  setBusy(true);
  tell('');
  showProgress(null, 'Uploading…');
  uploading = new AbortController();
  try {
    const made = await upload('/v1/videos', toForm(), {
      signal: uploading.signal,
      onProgress: (share) => showProgress(null, share < 1 ? `Uploading: ${Math.round(100 * share)} %` : 'Looking at portrait and voice…'),
      headers: { 'Idempotency-Key': crypto.randomUUID?.() ?? String(Math.random()).slice(2) },
    });
    history.add({ id: made.id, title: titleOf(made), created: Date.now() });
    follow(made);
  } catch (error) {
    setBusy(false);
    tell('', error.name === 'AbortError' ? '' : error.message);
  }
  uploading = null;
}

const titleOf = (made) => `${Number(made.seconds).toFixed(1)} s${made.options.emotion === 'none' ? '' : `, ${made.options.emotion}`}`;

// Plays a video that is being made and follows it to its end.
function follow(made) {
  current = { id: made.id };
  setBusy(true);
  play(`/v1/videos/${made.id}/stream`);
  poll(current);
}

function play(source) {
  byId('video-empty').hidden = true;
  video.hidden = false;
  video.src = source;
  // A browser may want a click first.
  video.play().catch(() => {});
}

async function poll(followed) {
  while (current === followed) {
    try {
      const made = await (await request(`/v1/videos/${followed.id}`, { cache: 'no-cache' })).json();
      if (current !== followed) return;
      if (made.status === 'completed') return complete(made);
      if (made.status === 'failed') return fail(made.error.message);
      showProgress(made.status === 'queued' ? null : made.progress, describe(made));
    } catch (error) {
      if (current !== followed) return;
      if (error.status === 404) return fail('The video was deleted.');
      showProgress(null, `${error.message} Trying again…`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollTime));
  }
}

function describe(made) {
  if (made.status === 'queued') return made.queue_position > 1 ? `Waiting: ${made.queue_position - 1} before it.` : 'Waiting for a place…';
  if (made.frames === 0) return made.stage === 'generating_motion' ? 'Making the motion…' : 'Listening to the voice…';
  const parts = [`${made.frames} of ${made.total_frames} frames`];
  if (made.frames_per_second) parts.push(`${made.frames_per_second} frames/s`);
  if (made.seconds_left !== null) parts.push(`about ${timeOf(made.seconds_left)} left`);
  return parts.join(' · ');
}

const timeOf = (seconds) => seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;

function complete(made) {
  current = null;
  setBusy(false);
  tell('The video is complete.');
  showComplete(made);
  // The stream cannot be sought in. The video itself takes its place where nobody looks at the stream.
  const content = `/v1/videos/${made.id}/content`;
  const replace = () => {
    if (!video.src.endsWith(`/${made.id}/stream`)) return;
    const time = video.ended ? 0 : video.currentTime;
    video.src = content;
    video.currentTime = time;
  };
  if (video.paused || video.ended || video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA) {
    const wasPlaying = !video.paused && !video.ended;
    replace();
    if (wasPlaying) video.play().catch(() => {});
  } else {
    video.addEventListener('pause', replace, { once: true });
  }
  showHistory(false);
}

function showComplete(made) {
  download.href = `/v1/videos/${made.id}/content`;
  download.hidden = false;
}

function fail(message) {
  current = null;
  setBusy(false);
  clearVideo();
  tell('', message);
  showHistory(false);
}

function clearVideo() {
  video.removeAttribute('src');
  video.load();
  video.hidden = true;
  byId('video-empty').hidden = false;
}

async function stop() {
  uploading?.abort();
  const stopped = current;
  current = null;
  setBusy(false);
  if (!stopped) return;
  clearVideo();
  try {
    await history.delete(stopped.id);
    tell('Cancelled.');
  } catch (error) {
    tell('', error.message);
  }
  showHistory(false);
}

function setBusy(isBusy) {
  make.disabled = isBusy;
  cancel.hidden = !isBusy;
  byId('progress').hidden = !isBusy;
  if (isBusy) download.hidden = true;
  (isBusy ? cancel : make).focus({ preventScroll: true });
}

function showProgress(percent, text) {
  const bar = byId('progress-bar');
  if (percent === null) bar.removeAttribute('value');
  else bar.value = percent;
  byId('progress-text').textContent = text;
}

// At the start of the page a video that is still being made is followed again.
async function showHistory(isStart) {
  const clips = await history.load();
  byId('history').replaceChildren(...clips.map(toItem));
  byId('history-empty').hidden = clips.length > 0;
  const unfinished = clips.find((clip) => clip.video.status === 'queued' || clip.video.status === 'in_progress');
  if (isStart && unfinished && !current) {
    tell('A video of this browser is still being made.');
    follow(unfinished.video);
  }
}

function toItem(clip) {
  const item = document.createElement('li');
  const what = Object.assign(document.createElement('div'), { className: 'what', textContent: clip.title });
  const when = new Date(clip.created).toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' });
  const state = { queued: 'waiting', in_progress: 'being made', failed: `failed: ${clip.video.error?.message}`, completed: clip.video.size?.replace('x', ' × ') }[clip.video.status];
  what.append(Object.assign(document.createElement('small'), { textContent: `${when} · ${state}` }));
  item.append(what);
  if (clip.video.status === 'completed') {
    const show = toButton('Play', `Play the clip of ${when}`, () => {
      current = null;
      setBusy(false);
      tell('');
      play(`/v1/videos/${clip.id}/content`);
      showComplete(clip.video);
      video.scrollIntoView({ block: 'nearest' });
    });
    item.append(show);
  }
  item.append(toButton('Delete', `Delete the clip of ${when}`, async () => {
    if (current?.id === clip.id) return stop();
    try {
      await history.delete(clip.id);
      if (video.src.includes(clip.id)) clearVideo();
    } catch (error) {
      tell('', error.message);
    }
    showHistory(false);
  }));
  return item;
}

function toButton(text, label, act) {
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'small', textContent: text });
  button.setAttribute('aria-label', label);
  button.addEventListener('click', act);
  return button;
}
