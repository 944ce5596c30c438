// The page: which part is shown, light or dark, and what the service is.
import { getJson } from './api.js';
import { getLimits } from './limits.js';
import './clip.js';
import './fields.js';
import './portrait.js';
import './result.js';
import './voice.js';
import * as generate from './generate.js';
import * as live from './live.js';
import * as pose from './pose.js';
import * as video from './video.js';

const pages = { generate, video, pose, live };
const themeKey = 'moda.theme';

function show(name) {
  for (const [other, page] of Object.entries(pages)) {
    const section = document.getElementById(other);
    if (other !== name && !section.hidden) page.leave?.();
    section.hidden = other !== name;
    const link = document.querySelector(`nav a[href="#${other}"]`);
    if (other === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `Moda: ${document.querySelector(`#${name} h1`).textContent}`;
  pages[name].enter?.();
}

const wanted = () => (location.hash.slice(1) in pages ? location.hash.slice(1) : 'generate');

function setTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

setTheme(localStorage.getItem(themeKey));
document.getElementById('theme').addEventListener('click', () => {
  const isDark = getComputedStyle(document.documentElement).colorScheme === 'dark';
  setTheme(isDark ? 'light' : 'dark');
  localStorage.setItem(themeKey, isDark ? 'light' : 'dark');
});

for (const page of Object.values(pages)) page.start();
addEventListener('hashchange', () => {
  show(wanted());
  document.getElementById('main').focus();
});
show(wanted());

getJson('/v1/emotions').then(({ data }) => {
  for (const select of document.querySelectorAll('select[name="emotion"], #live-emotion')) {
    select.replaceChildren(...data.map((name) => new Option(name, name)));
    select.value = 'none';
  }
}).catch(() => {});

Promise.all([getJson('/v1/devices'), getLimits()]).then(([devices, limits]) => {
  const used = devices.data.find((device) => device.in_use)?.name ?? 'no device';
  if (!limits.has_face_parser) for (const option of document.querySelectorAll('option[value="face_mask"]')) option.remove();
  document.getElementById('engine').textContent = `${limits.model} on ${used}`;
}).catch(() => {});
