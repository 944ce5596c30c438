// The page that dubs videos and drives portraits.
import { toExamples, videoExamples } from './examples.js';
import { addFields, showValues } from './fields.js';
import { portrait } from './portrait.js';

const form = document.getElementById('video-form');
const partOf = (mode) => form.querySelector(`[data-mode="${mode}"]`);
const [dubbed, driving, voice] = [partOf('dub').querySelector('moda-clip'), partOf('drive').querySelector('moda-clip'), partOf('dub').querySelector('moda-voice')];
const result = form.querySelector('moda-result');

export function start() {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  for (const radio of form.elements.mode) radio.addEventListener('change', showMode);
  showMode();
  showValues(form);
  toExamples(document.getElementById('video-examples'), videoExamples, result, async ({ mode }, files) => {
    form.elements.mode.value = mode;
    showMode();
    await Promise.all(mode === 'dub' ? [dubbed.choose(files.video), voice.choose(files.voice)] : [portrait.choose(files.portrait), driving.choose(files.driving)]);
  });
  result.start(['dub', 'drive']);
}

function showMode() {
  for (const mode of ['dub', 'drive']) partOf(mode).hidden = form.elements.mode.value !== mode;
}

function send() {
  const isDub = form.elements.mode.value === 'dub';
  const missing = isDub
    ? (dubbed.isReady ? '' : dubbed.problem || 'Choose a video first.') || (voice.isReady ? '' : voice.problem || 'Choose a voice first.')
    : portrait.missing || (driving.isReady ? '' : driving.problem || 'Choose what the portrait moves like first.');
  if (missing) return result.tell('', missing);
  const data = new FormData();
  if (isDub) {
    data.append('video', dubbed.file, 'video');
    data.append('voice', voice.content, 'voice');
  } else {
    data.append('portrait', portrait.file, 'portrait');
    data.append('driving', driving.file, 'driving');
    data.append('face', portrait.face);
  }
  addFields(data, partOf(isDub ? 'dub' : 'drive'));
  result.make(isDub ? '/v1/dubs' : '/v1/drives', data);
}
