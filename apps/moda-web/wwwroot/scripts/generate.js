// The page that makes portraits speak.
import { examples, toExamples } from './examples.js';
import { addFields, showValues } from './fields.js';
import { getLimits } from './limits.js';
import { portrait } from './portrait.js';

const form = document.getElementById('generate-form');
const [voice, result] = ['moda-voice', 'moda-result'].map((name) => form.querySelector(name));

export function start() {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  showValues(form);
  toExamples(document.getElementById('examples'), examples, result, async ({ emotion }, files) => {
    form.elements.emotion.value = emotion;
    await Promise.all([portrait.choose(files.portrait), voice.choose(files.voice)]);
  });
  getLimits().catch((error) => result.tell('', error.message));
  result.start(['talking']);
}

function send() {
  const missing = portrait.missing || (voice.isReady ? '' : voice.problem || 'Choose a voice first.');
  if (missing) return result.tell('', missing);
  const data = new FormData();
  data.append('portrait', portrait.file, 'portrait');
  data.append('voice', voice.content, 'voice');
  data.append('face', portrait.face);
  addFields(data, form);
  result.make('/v1/videos', data);
}
