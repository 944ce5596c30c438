// A place that takes dropped files.

// Hands the first dropped file of a kind to a function.
export function acceptDrops(place, kind, take) {
  place.addEventListener('dragover', (event) => {
    event.preventDefault();
    place.classList.add('over');
  });
  place.addEventListener('dragleave', () => place.classList.remove('over'));
  place.addEventListener('drop', (event) => {
    event.preventDefault();
    place.classList.remove('over');
    const file = [...event.dataTransfer.files].find((one) => kind.test(one.type));
    if (file) take(file);
  });
}
