/** Signals for the tests of augmentation. */
import { Random } from '@auricle/datasets';

export const RATE = 16_000;

export const gaussian = (length: number, seed = 1, deviation = 0.1): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => deviation * random.normal());
};

/** Half seconds of noise whose loudness rises and falls four times a second, with as much silence between them. */
export const burstsOfSpeech = (seconds: number, sampleRate = RATE): Float32Array =>
  gaussian(Math.round(seconds * sampleRate)).map((value, i) => {
    const t = i / sampleRate;
    return t % 1 < 0.5 ? value * (1 + 0.5 * Math.sin(2 * Math.PI * 4 * t)) : 0;
  });

/** Inputs that formulas like to stumble over. */
export const EXTREMES: [string, Float32Array][] = [
  ['silence', new Float32Array(4000)],
  ['one sample', Float32Array.of(0.5)],
  ['two samples', Float32Array.of(0.5, -0.5)],
  ['one click in silence', Float32Array.from({ length: 4000 }, (_, i) => (i === 2000 ? 1 : 0))],
  ['samples far beyond full scale', gaussian(4000, 2, 1e6)],
  ['samples near nothing', gaussian(4000, 3, 1e-30)],
];
