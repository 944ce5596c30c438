// The clips of this browser: their names lie here, the clips with the service, for as long as it keeps them.
import { request, getJson } from './api.js';

const key = 'moda.clips';
const most = 50;

const read = () => {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? [];
  } catch {
    return [];
  }
};

const write = (clips) => localStorage.setItem(key, JSON.stringify(clips.slice(0, most)));

export const history = {
  add: (clip) => write([clip, ...read().filter((known) => known.id !== clip.id)]),
  remove: (id) => write(read().filter((known) => known.id !== id)),

  // The clips of some kinds that the service still has, the newest first, each with its state.
  async load(kinds) {
    const clips = await Promise.all(read().filter((clip) => kinds.includes(clip.kind ?? 'talking')).map(async (clip) => {
      try {
        return { ...clip, video: await getJson(`/v1/videos/${clip.id}`) };
      } catch (error) {
        if (error.status === 404) history.remove(clip.id);
        return null;
      }
    }));
    return clips.filter((clip) => clip !== null);
  },

  async delete(id) {
    try {
      await request(`/v1/videos/${id}`, { method: 'DELETE' });
    } catch (error) {
      if (error.status !== 404) throw error;
    }
    history.remove(id);
  },
};
