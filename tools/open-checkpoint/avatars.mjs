// Draws avatars of DiceBear's style Lorelei (design CC0 1.0) as PNG files.
//
//   npm install @dicebear/core@9 @dicebear/lorelei@9 @resvg/resvg-js
//   node avatars.mjs COUNT FOLDER
import { createAvatar } from '@dicebear/core';
import * as lorelei from '@dicebear/lorelei';
import { Resvg } from '@resvg/resvg-js';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [count, folder] = process.argv.slice(2);
const colors = (seed, amount, light) => Array.from({ length: amount }, (_, index) => {
  let state = (seed * 7919 + index * 104729 + 1) >>> 0;
  const channel = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round(light + (255 - light) * (state / 2 ** 32)).toString(16).padStart(2, '0');
  };
  return channel() + channel() + channel();
});

mkdirSync(folder, { recursive: true });
for (let number = 0; number < Number(count); number++) {
  const svg = createAvatar(lorelei, {
    seed: `avatar ${number}`,
    size: 1024,
    scale: 90,
    // A beard or glasses would hide what moves.
    beardProbability: 0,
    glassesProbability: number % 8 === 0 ? 100 : 0,
    backgroundColor: colors(number, 1, 40),
    skinColor: colors(number + 1000, 1, 110),
    hairColor: colors(number + 2000, 1, 0),
    mouth: ['happy01', 'happy02', 'happy05', 'happy07', 'happy08', 'happy09', 'happy10', 'happy12', 'happy16', 'sad01', 'sad03', 'sad05'],
  }).toString();
  const png = new Resvg(svg, { fitTo: { mode: 'width', value: 1024 } }).render().asPng();
  writeFileSync(join(folder, `${String(number).padStart(3, '0')}.png`), png);
}
