// Writes samples as a WAV file: 16 bits, all channels.

export function toWav(channels, sampleRate) {
  const length = channels[0].length;
  const bytes = new DataView(new ArrayBuffer(44 + length * channels.length * 2));
  const text = (offset, value) => [...value].forEach((letter, n) => bytes.setUint8(offset + n, letter.charCodeAt(0)));
  text(0, 'RIFF');
  bytes.setUint32(4, bytes.byteLength - 8, true);
  text(8, 'WAVEfmt ');
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, channels.length, true);
  bytes.setUint32(24, sampleRate, true);
  bytes.setUint32(28, sampleRate * channels.length * 2, true);
  bytes.setUint16(32, channels.length * 2, true);
  bytes.setUint16(34, 16, true);
  text(36, 'data');
  bytes.setUint32(40, bytes.byteLength - 44, true);
  let offset = 44;
  for (let n = 0; n < length; n++) {
    for (const channel of channels) {
      bytes.setInt16(offset, Math.max(-32768, Math.min(32767, Math.round(channel[n] * 32767))), true);
      offset += 2;
    }
  }
  return new File([bytes], 'voice.wav', { type: 'audio/wav' });
}
