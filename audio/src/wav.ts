/** The bytes of a WAV file go in, mono samples come out, and back. */
import wavefile from 'wavefile';
import { audioError } from './audio-errors.js';
import type { Pcm } from './mix-down.js';
import { parseWav, WAV_FORMATS, type WavSound } from './riff.js';

const { WaveFile } = wavefile;

/** 8, 16, 24 or 32-bit integers, 32 or 64-bit floats, A-law or mu-law.
 *  @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_UNSUPPORTED, AUR_AUDIO_DAMAGED */
export function decodeWav(bytes: Uint8Array, source: string): Pcm {
  const sound = parseWav(bytes, source);
  const { channels, sampleRate } = sound;
  const samples = new Float32Array(sound.data.length / (sound.bits / 8) / channels);
  if (samples.length === 0) return { samples, sampleRate };
  const values = interleaved(sound);
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += values[i * channels + c];
    if (!Number.isFinite(sum))
      throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'WAV', reason: `sample ${i} is ${sum}` });
    samples[i] = Math.max(-1, Math.min(1, sum / channels));
  }
  return { samples, sampleRate };
}

/** The library sees a file of our own making: in a foreign one, chunks without sound may claim billions of entries. */
function interleaved(sound: WavSound): Float64Array {
  const wav = new WaveFile(plainWav(sound));
  if (sound.format === WAV_FORMATS.aLaw) wav.fromALaw();
  if (sound.format === WAV_FORMATS.muLaw) wav.fromMuLaw();
  const values = wav.getSamples(true, Float64Array) as unknown as Float64Array;
  if (sound.format === WAV_FORMATS.float) return values;
  const bits = Number.parseInt(wav.bitDepth, 10);
  // 8-bit WAV is unsigned.
  const offset = bits === 8 ? 128 : 0;
  const scale = 2 ** (1 - bits);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - offset) * scale;
  return values;
}

/** A canonical header of 44 bytes before the sound. */
function plainWav({ littleEndian, format, channels, sampleRate, bits, data }: WavSound): Uint8Array {
  const bytes = new Uint8Array(44 + data.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) bytes[at + i] = value.charCodeAt(i);
  };
  const blockBytes = (channels * bits) / 8;
  text(0, littleEndian ? 'RIFF' : 'RIFX');
  view.setUint32(4, 36 + data.length, littleEndian);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, littleEndian);
  view.setUint16(20, format, littleEndian);
  view.setUint16(22, channels, littleEndian);
  view.setUint32(24, sampleRate, littleEndian);
  view.setUint32(28, sampleRate * blockBytes, littleEndian);
  view.setUint16(32, blockBytes, littleEndian);
  view.setUint16(34, bits, littleEndian);
  text(36, 'data');
  view.setUint32(40, data.length, littleEndian);
  bytes.set(data, 44);
  return bytes;
}

/** 16-bit mono WAV; samples beyond [-1, 1] are clipped. */
export function encodeWav({ samples, sampleRate }: Pcm): Uint8Array {
  const wav = new WaveFile();
  wav.fromScratch(
    1,
    sampleRate,
    '16',
    Int16Array.from(samples, (v) => Math.max(-32768, Math.min(32767, Math.round(v * 32768)))),
  );
  return wav.toBuffer();
}
