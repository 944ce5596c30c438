// Runs beside the page: brings what the microphone hears to 16 kHz and hands it over in blocks of 40 ms.

const wanted = 16000;
const blockLength = 640;

class Microphone extends AudioWorkletProcessor {
  #block = new Int16Array(blockLength);
  #filled = 0;
  #place = 0;        // where the next sample lies, in samples of the microphone behind the last block's end
  #last = 0;

  process([[heard]]) {
    if (!heard) return true;
    const step = sampleRate / wanted;
    while (this.#place < heard.length) {
      const before = Math.floor(this.#place);
      const first = before === 0 ? this.#last : heard[before - 1];
      const value = first + (heard[before] - first) * (this.#place - before);
      this.#block[this.#filled++] = Math.max(-32768, Math.min(32767, Math.round(value * 32767)));
      if (this.#filled === blockLength) {
        this.port.postMessage(this.#block.slice());
        this.#filled = 0;
      }
      this.#place += step;
    }
    this.#place -= heard.length;
    this.#last = heard[heard.length - 1];
    return true;
  }
}

registerProcessor('microphone', Microphone);
