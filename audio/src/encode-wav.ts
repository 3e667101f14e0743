/** Samples go in, the bytes of a WAV file come out. */
import wavefile from 'wavefile';
import type { Pcm } from './mix-down.js';

const { WaveFile } = wavefile;

/** 16-bit mono WAV; samples beyond [-1, 1] are clipped. */
export function encodeWav({ samples, sampleRate }: Pcm): Uint8Array {
  const wave = new WaveFile();
  const steps = new Int16Array(samples.length);
  for (let i = 0; i < steps.length; i++) steps[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768)));
  wave.fromScratch(1, sampleRate, '16', steps);
  return wave.toBuffer();
}
