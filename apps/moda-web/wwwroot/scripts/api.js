// Asks the service. Every failure is an ApiError whose message can be shown; a missing key is asked for once, then the request is sent again.

export class ApiError extends Error {
  constructor(message, code, status) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

async function toError(response) {
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // A proxy between may answer without a problem.
  }
  const wait = response.headers.get('Retry-After');
  const text = problem.detail ?? `The service answered ${response.status}.`;
  return new ApiError(wait ? `${text} Try again in ${wait} s.` : text, problem.code, response.status);
}

export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: 'same-origin', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError('The service cannot be reached.', 'unreachable', 0);
  }
  if (response.status === 401 && await askForKey()) return request(path, options);
  if (!response.ok) throw await toError(response);
  return response;
}

export const getJson = async (path) => (await request(path)).json();

// Uploads a form and reports how much was sent, which fetch cannot do.
export function upload(path, form, { signal, onProgress, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const sender = new XMLHttpRequest();
    sender.open('POST', path);
    sender.responseType = 'json';
    for (const [name, value] of Object.entries(headers)) sender.setRequestHeader(name, value);
    sender.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    sender.onload = async () => {
      const body = sender.response ?? {};
      if (sender.status === 401 && await askForKey()) {
        upload(path, form, { signal, onProgress, headers }).then(resolve, reject);
      } else if (sender.status >= 200 && sender.status < 300) {
        resolve(body);
      } else {
        const wait = sender.getResponseHeader('Retry-After');
        reject(new ApiError((body.detail ?? `The service answered ${sender.status}.`) + (wait ? ` Try again in ${wait} s.` : ''), body.code, sender.status));
      }
    };
    sender.onerror = () => reject(new ApiError('The service cannot be reached.', 'unreachable', 0));
    sender.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    signal?.addEventListener('abort', () => sender.abort(), { once: true });
    sender.send(form);
  });
}

let asking = null;

// Several requests may find at once that a key is missing; they share one question.
export function askForKey() {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById('key');
    const form = document.getElementById('key-form');
    const problem = document.getElementById('key-problem');
    const text = document.getElementById('key-text');
    let accepted = false;
    form.onsubmit = async (event) => {
      event.preventDefault();
      const answer = await fetch('/v1/session', { method: 'POST', headers: { Authorization: `Bearer ${text.value.trim()}` } });
      accepted = answer.ok;
      if (accepted) dialog.close();
      else problem.textContent = 'The service does not know this key.';
    };
    dialog.onclose = () => {
      asking = null;
      text.value = '';
      problem.textContent = '';
      resolve(accepted);
    };
    dialog.showModal();
  });
  return asking;
}

// A socket of the service, or an ApiError. Browsers do not say why a socket could not be opened.
export function openSocket(path) {
  const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`);
  socket.binaryType = 'arraybuffer';
  return socket;
}
