// Five examples that come with the page.

export const examples = [
  { title: 'Hello', about: 'English, happy', portrait: 'portrait.png', voice: 'hello.m4a', emotion: 'happiness' },
  { title: 'The weather', about: 'English, neutral', portrait: 'hopper.jpg', voice: 'weather.m4a', emotion: 'neutral' },
  { title: 'Guten Tag', about: 'German', portrait: 'portrait.png', voice: 'guten.m4a', emotion: 'none' },
  { title: 'Bonjour', about: 'French, happy', portrait: 'hopper.jpg', voice: 'bonjour.m4a', emotion: 'happiness' },
  { title: 'Wow!', about: 'English, surprised', portrait: 'portrait.png', voice: 'wow.m4a', emotion: 'surprise' },
];

export async function fetchExample(name) {
  const answer = await fetch(`examples/${name}`);
  const blob = await answer.blob();
  return new File([blob], name, { type: blob.type });
}
