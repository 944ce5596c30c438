// The page that poses a face: sliders, and a picture that follows the hand. While one position is on its way the newest waits, older ones are dropped.
import { openSocket } from './api.js';
import { portrait } from './portrait.js';

const groups = [
  ['Head', [['pitch', 'Nod', '°'], ['yaw', 'Turn', '°'], ['roll', 'Tilt', '°'], ['x', 'Sideways', ''], ['y', 'Up and down', ''], ['zoom', 'Size', '×']]],
  ['Eyes', [['eye_opening', 'Opening', ''], ['wink', 'Wink', ''], ['gaze_x', 'Gaze sideways', ''], ['gaze_y', 'Gaze up and down', ''], ['eyebrow', 'Brows', '']]],
  ['Mouth', [['lip_opening', 'Opening', ''], ['smile', 'Smile', ''], ['grin', 'Grin', ''], ['pout', 'Pout', ''], ['purse', 'Purse', ''], ['lip_parting', 'Parting', '']]],
];
const byId = (id) => document.getElementById(id);
const canvas = byId('pose-canvas');

let socket = null;
let ranges = {};
let sequence = 0;
let answered = 0;
let isWaiting = false;
let times = [];

export function start() {
  byId('pose-reset').addEventListener('click', reset);
  byId('pose-save').addEventListener('click', save);
  portrait.addEventListener('change', () => !byId('pose').hidden && open());
}

// The page is shown: it takes the portrait that is chosen.
export function enter() {
  open();
}

export function leave() {
  socket?.close();
  socket = null;
}

const tell = (good, bad = '') => {
  byId('pose-status').textContent = good;
  byId('pose-problem').textContent = bad;
};

function open(isRenewed = false) {
  leave();
  byId('pose-save').disabled = byId('pose-reset').disabled = true;
  if (!portrait.isReady) return;
  tell('Preparing the portrait…');
  const opened = socket = openSocket(`/v1/pose?portrait=${portrait.found.id}&face=${portrait.face}`);
  opened.onmessage = (event) => {
    if (opened !== socket) return;
    if (typeof event.data === 'string') hear(JSON.parse(event.data));
    else show(event.data);
  };
  opened.onclose = async () => {
    if (opened !== socket) return;
    socket = null;
    if (byId('pose-problem').textContent) return;
    if (isRenewed) return tell('', 'The connection has ended. Choose the portrait again.');
    try {
      await portrait.renew();
      open(true);
    } catch (error) {
      tell('', error.message);
    }
  };
}

function hear(message) {
  if (message.type === 'problem') return tell('', message.detail);
  ranges = message.sliders;
  [sequence, answered, isWaiting, times] = [0, 0, false, []];
  Object.assign(canvas, { width: message.width, height: message.height });
  byId('sliders').replaceChildren(...groups.map(toGroup));
  byId('pose-empty').hidden = true;
  byId('pose-reset').disabled = false;
  tell('Move a slider.');
  ask();
}

// Every slider stands at its first value exactly, and the arrow keys move it by what can be seen.
const stepOf = (span) => (span > 50 ? 1 : span > 5 ? 0.5 : 0.01);

function toGroup([title, sliders]) {
  const group = document.createElement('fieldset');
  group.append(Object.assign(document.createElement('legend'), { textContent: title }));
  for (const [name, label, unit] of sliders.filter(([known]) => ranges[known])) {
    const [least, most, first] = ranges[name];
    const field = Object.assign(document.createElement('label'), { className: 'field' });
    const value = document.createElement('output');
    const input = Object.assign(document.createElement('input'), { type: 'range', name, min: least, max: most, step: stepOf(most - least), value: first });
    const say = () => {
      value.textContent = `${Number(input.value)}${unit}`;
    };
    input.addEventListener('input', () => {
      say();
      ask();
    });
    input.addEventListener('dblclick', () => {
      input.value = first;
      input.dispatchEvent(new Event('input'));
    });
    say();
    field.append(label, value, input);
    group.append(field);
  }
  return group;
}

// What was not moved is left out: the portrait's own eyes and lips stay as they are.
function ask() {
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (answered < sequence) {
    isWaiting = true;
    return;
  }
  const moved = [...byId('sliders').querySelectorAll('input')].filter((input) => Math.abs(Number(input.value) - ranges[input.name][2]) > Number(input.step) / 2);
  socket.send(JSON.stringify({ sequence: ++sequence, sliders: Object.fromEntries(moved.map((input) => [input.name, Number(input.value)])) }));
}

async function show(data) {
  answered = new DataView(data).getUint32(0, true);
  if (isWaiting) {
    isWaiting = false;
    ask();
  }
  const picture = await createImageBitmap(new Blob([new Uint8Array(data, 4)], { type: 'image/jpeg' }));
  canvas.getContext('2d').drawImage(picture, 0, 0);
  picture.close();
  canvas.dataset.shown = answered;
  byId('pose-save').disabled = false;
  times = [...times, performance.now()].slice(-10);
  const rate = times.length > 2 ? 1000 * (times.length - 1) / (times.at(-1) - times[0]) : 0;
  tell(rate >= 1 ? `${rate.toFixed(0)} pictures/s` : 'Ready.');
}

function reset() {
  for (const input of byId('sliders').querySelectorAll('input')) {
    input.value = ranges[input.name][2];
    input.dispatchEvent(new Event('input'));
  }
}

function save() {
  canvas.toBlob((blob) => {
    const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: 'pose.png' });
    link.click();
    URL.revokeObjectURL(link.href);
  }, 'image/png');
}
