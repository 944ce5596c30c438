// The options of a form: elements that several forms share, the values beside sliders, and what is sent of them.

// The emotion and its strength.
class EmotionFields extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `
      <label class="field">Emotion <select name="emotion"><option value="none">none</option></select></label>
      <label class="field">Strength of the emotion <output></output>
        <input type="range" name="emotion_strength" min="0" max="8" step="0.5" value="0" data-zero="as speech">
        <small>0 leaves it to the guidance; 2 to 8 show it more.</small></label>`;
  }
}

// How speech becomes motion.
class SamplingFields extends HTMLElement {
  connectedCallback() {
    this.innerHTML = `
      <label class="field">Guidance by the voice <output></output><input type="range" name="guidance" min="1" max="2.5" step="0.1" value="1.2"></label>
      <label class="field">Seed <input type="number" name="seed" min="0" step="1" value="42" inputmode="numeric"></label>
      <label class="field">Steps of sampling <input type="number" name="steps" min="2" max="100" step="1" value="10" inputmode="numeric"></label>`;
  }
}

customElements.define('moda-emotion', EmotionFields);
customElements.define('moda-sampling', SamplingFields);

// Shows the values of a form's sliders beside them.
export function showValues(form) {
  for (const range of form.querySelectorAll('label > output + input[type="range"]')) {
    const show = () => {
      range.previousElementSibling.value = Number(range.value) === 0 && range.dataset.zero ? range.dataset.zero : Number(range.value).toFixed(1);
    };
    range.addEventListener('input', show);
    show();
  }
}

// Adds the options that stand in a part of the page to a form. A slider at a zero that means "leave it" is left out.
export function addFields(data, part) {
  for (const field of part.querySelectorAll('select[name], input[name]')) {
    if (field.type === 'checkbox') data.append(field.name, String(field.checked));
    else if (!(field.dataset.zero && Number(field.value) === 0)) data.append(field.name, field.value);
  }
}
