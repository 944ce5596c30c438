// The examples that come with the page.

export const examples = [
  { title: 'Hello', about: 'English, happy', files: { portrait: 'portrait.png', voice: 'hello.m4a' }, emotion: 'happiness' },
  { title: 'The weather', about: 'English, neutral', files: { portrait: 'hopper.jpg', voice: 'weather.m4a' }, emotion: 'neutral' },
  { title: 'Guten Tag', about: 'German', files: { portrait: 'portrait.png', voice: 'guten.m4a' }, emotion: 'none' },
  { title: 'Bonjour', about: 'French, happy', files: { portrait: 'hopper.jpg', voice: 'bonjour.m4a' }, emotion: 'happiness' },
  { title: 'Wow!', about: 'English, surprised', files: { portrait: 'portrait.png', voice: 'wow.m4a' }, emotion: 'surprise' },
];

export const videoExamples = [
  { title: 'A dub', about: 'An English clip speaks French', files: { video: 'clip.mp4', voice: 'bonjour.m4a' }, mode: 'dub' },
  { title: 'A drive', about: 'Another portrait moves like the clip', files: { portrait: 'hopper.jpg', driving: 'clip.mp4' }, mode: 'drive' },
];

// Lists examples; a click fetches the files of one, hands them over, and offers to make it.
export function toExamples(list, known, result, choose) {
  list.append(...known.map((example) => {
    const item = document.createElement('li');
    const button = Object.assign(document.createElement('button'), { type: 'button' });
    button.append(example.title, Object.assign(document.createElement('small'), { textContent: example.about }));
    button.addEventListener('click', async () => {
      const files = await Promise.all(Object.entries(example.files).map(async ([name, file]) => [name, await fetchFile(file)]));
      await choose(example, Object.fromEntries(files));
      result.offer(`The example “${example.title}” is ready.`);
    });
    item.append(button);
    return item;
  }));
}

async function fetchFile(name) {
  const answer = await fetch(`examples/${name}`);
  const blob = await answer.blob();
  return new File([blob], name, { type: blob.type });
}
