// What the service takes, asked for once.
import { getJson } from './api.js';

let limits = null;

export function getLimits() {
  limits ??= getJson('/v1/limits').catch((error) => {
    limits = null;
    throw error;
  });
  return limits;
}

export const inMegabytes = (bytes) => `${Math.floor(bytes / 1048576)} MB`;
