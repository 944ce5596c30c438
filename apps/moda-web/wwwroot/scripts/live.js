// The page that speaks live: the microphone's sound goes up in blocks, frames come back and are shown at once.
import { openSocket } from './api.js';
import { portrait } from './portrait.js';

const sampleRate = 16000;
const byId = (id) => document.getElementById(id);
const canvas = byId('live-canvas');

let session = null;

export function start() {
  byId('live-start').addEventListener('click', () => session ? stop() : begin());
  byId('live-interrupt').addEventListener('click', () => session?.socket.send(JSON.stringify({ type: 'interrupt' })));
}

export function enter() {
}

export function leave() {
  stop();
}

const tell = (good, bad = '') => {
  byId('live-status').textContent = good;
  byId('live-problem').textContent = bad;
};

async function begin() {
  if (!portrait.isReady) return tell('', portrait.problem || 'Choose a portrait first.');
  const begun = session = { sent: 0, sentAt: [], latencies: [], times: [] };
  setRunning(true);
  tell('Asking for the microphone…');
  try {
    begun.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true } });
    begun.context = new AudioContext();
    await begun.context.audioWorklet.addModule('scripts/microphone.js');
    if (begun !== session) return release(begun);
    connect(begun, false);
  } catch {
    if (begun !== session) return;
    stop();
    tell('', 'The microphone cannot be used: it is missing, or the browser was told not to allow it. Browsers allow it on localhost and over HTTPS only.');
  }
}

function connect(begun, isRenewed) {
  tell('Preparing the portrait…');
  const query = new URLSearchParams({ portrait: portrait.found.id, face: portrait.face, emotion: byId('live-emotion').value });
  const socket = begun.socket = openSocket(`/v1/live?${query}`);
  socket.onmessage = (event) => {
    if (begun !== session) return;
    if (typeof event.data !== 'string') return show(begun, event.data);
    const message = JSON.parse(event.data);
    if (message.type === 'problem') begun.problem = message.detail;
    else listen(begun, message);
  };
  socket.onclose = async () => {
    if (begun !== session) return;
    let problem = begun.problem ?? 'The connection has ended.';
    if (!begun.problem && !begun.isReady && !isRenewed) {
      try {
        await portrait.renew();
        if (begun === session) connect(begun, true);
        return;
      } catch (error) {
        problem = error.message;
      }
    }
    stop();
    tell('', problem);
  };
}

function listen(begun, ready) {
  begun.isReady = true;
  Object.assign(canvas, { width: ready.width, height: ready.height });
  byId('live-empty').hidden = true;
  tell('Speak.');
  const source = new MediaStreamAudioSourceNode(begun.context, { mediaStream: begun.stream });
  const microphone = new AudioWorkletNode(begun.context, 'microphone', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
  microphone.port.onmessage = ({ data }) => {
    if (begun !== session || begun.socket.readyState !== WebSocket.OPEN) return;
    begun.socket.send(data.buffer);
    begun.sent += data.length;
    begun.sentAt.push({ end: begun.sent, time: performance.now() });
    if (begun.sentAt.length > 500) begun.sentAt.shift();
    byId('live-level').value = Math.min(1, 3 * Math.sqrt(data.reduce((sum, one) => sum + one * one, 0) / data.length) / 32768);
  };
  source.connect(microphone);
}

// Frames come when they are due; a picture that was decoded too late for its place is left out.
async function show(begun, data) {
  const header = new DataView(data);
  const [number, position] = [header.getUint32(0, true), header.getUint32(4, true)];
  const picture = await createImageBitmap(new Blob([new Uint8Array(data, 8)], { type: 'image/jpeg' }));
  if (begun === session && number >= (begun.shown ?? 0)) {
    canvas.getContext('2d').drawImage(picture, 0, 0);
    canvas.dataset.shown = begun.shown = number;
    measure(begun, position);
  }
  picture.close();
}

function measure(begun, position) {
  const now = performance.now();
  begun.times = [...begun.times, now].slice(-26);
  if (begun.times.length > 5) byId('live-rate').textContent = (1000 * (begun.times.length - 1) / (now - begun.times[0])).toFixed(1);
  const block = position === 0xFFFFFFFF ? null : begun.sentAt.find((sent) => sent.end > position);
  if (block) {
    // The block's last sample was heard when it was sent, the frame's somewhat before.
    const heard = block.time - 1000 * (block.end - position) / sampleRate;
    begun.latencies = [...begun.latencies, now - heard].slice(-25);
    byId('live-latency').textContent = `${Math.round(begun.latencies.reduce((sum, one) => sum + one, 0) / begun.latencies.length)} ms`;
  }
}

function stop() {
  const ended = session;
  session = null;
  if (!ended) return;
  release(ended);
  setRunning(false);
  tell('');
  byId('live-level').value = 0;
}

function release(ended) {
  ended.socket?.close();
  ended.stream?.getTracks().forEach((track) => track.stop());
  ended.context?.close();
}

function setRunning(isRunning) {
  byId('live-start').textContent = isRunning ? 'Stop' : 'Start speaking';
  byId('live-interrupt').hidden = !isRunning;
  for (const figure of ['live-latency', 'live-rate']) byId(figure).textContent = '–';
}
