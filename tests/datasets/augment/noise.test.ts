import { addNoise, addWhiteNoise, Random } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { tone } from '../files.js';
import { decibels, power } from './measures.js';
import { burstsOfSpeech, EXTREMES, gaussian, RATE } from './signals.js';

const difference = (a: Float32Array, b: Float32Array) => Float64Array.from(a, (value, i) => value - b[i]);

describe('addNoise', () => {
  const speech = { samples: burstsOfSpeech(3), sampleRate: RATE };
  /** Of the half of the seconds that are no pause. */
  const activePower = power(speech.samples.filter((_, i) => (i / RATE) % 1 < 0.5));
  const noises: [string, Float32Array][] = [
    ['as long', gaussian(speech.samples.length, 7)],
    ['longer', gaussian(5 * RATE, 7)],
    ['much shorter', gaussian(3000, 7)],
    ['of one sample', Float32Array.of(0.3)],
    ['that barks and is silent', burstsOfSpeech(2.2).map((value) => value * 5)],
    ['far too soft', gaussian(RATE, 7, 1e-6)],
  ];

  it.each(noises.flatMap(([name, noise]) => [-5, 0, 10, 30].map((snr) => [snr, name, noise] as const)))(
    'reaches %d dB over the active speech within 0.1 dB with a recording %s',
    (snr, _, noise) => {
      const { samples, sampleRate } = addNoise(speech, noise, snr, new Random(1));
      expect(sampleRate).toBe(RATE);
      const added = difference(samples, speech.samples);
      expect(Math.abs(decibels(activePower / power(added)) - snr)).toBeLessThan(0.1);
    },
  );

  /** Recordings whose samples tell where they stand: sample i is i + 1. */
  const counting = (length: number) => Float32Array.from({ length }, (_, i) => i + 1);
  const placesIn = (noise: Float32Array, length: number, seed: number) => {
    const pcm = { samples: new Float32Array(length).fill(1), sampleRate: RATE };
    const added = difference(addNoise(pcm, noise, -60, new Random(seed)).samples, pcm.samples);
    const unit = (added[1] - added[0] + (added[2] - added[1])) / 2;
    return [...added].map((value) => Math.round(value / unit) - 1);
  };

  it('takes a stretch from anywhere in a longer recording, without a seam', () => {
    const starts = new Set<number>();
    for (let seed = 0; seed < 300; seed++) {
      const [start, ...rest] = placesIn(counting(40), 30, seed);
      expect(rest).toEqual(rest.map((_, i) => start + 1 + i));
      starts.add(start);
    }
    expect([...starts].sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i));
  });

  it('starts anywhere in a shorter recording and goes on from its beginning', () => {
    const pcm = { samples: new Float32Array(23).fill(1), sampleRate: RATE };
    const noise = Float32Array.of(8, 16, 32, 64, 128);
    for (let seed = 0; seed < 20; seed++) {
      const added = difference(addNoise(pcm, noise, 0, new Random(seed)).samples, pcm.samples);
      const turn = [...added].findIndex((value, i) => i > 0 && value < added[i - 1]);
      expect(turn).toBeLessThanOrEqual(5);
      const unit = added[turn] / 8;
      added.forEach((value, i) => {
        expect(value / unit).toBeCloseTo(noise[(i - turn + 10) % 5], 1);
      });
    }
  });

  it('changes neither speech nor noise, and the same seed gives the same', () => {
    const noise = gaussian(5000, 9);
    const before = [speech.samples.slice(), noise.slice()];
    const once = addNoise(speech, noise, 10, new Random(3));
    expect(addNoise(speech, noise, 10, new Random(3))).toEqual(once);
    expect(addNoise(speech, noise, 10, new Random(4))).not.toEqual(once);
    expect([speech.samples, noise]).toEqual(before);
  });

  it('adds nothing to silence, and nothing where the noise is silent', () => {
    const silence = { samples: new Float32Array(50), sampleRate: RATE };
    expect(addNoise(silence, gaussian(100), 10, new Random(1)).samples.every((v) => v === 0)).toBe(true);
    expect(addNoise(speech, new Float32Array(100), 10, new Random(1))).toEqual(speech);
  });

  it.each(EXTREMES)('gives numbers for %s, as speech and as noise', (_, samples) => {
    const noisy = addNoise({ samples, sampleRate: RATE }, gaussian(3000), -20, new Random(1));
    expect(noisy.samples.every(Number.isFinite)).toBe(true);
    expect(addNoise(speech, samples, 0, new Random(1)).samples.every(Number.isFinite)).toBe(true);
  });
});

describe('addWhiteNoise', () => {
  it.each([-5, 0, 10, 30])('reaches a signal-to-noise ratio of %d dB', (snr) => {
    const samples = tone(3, 16_000);
    const noisy = addWhiteNoise(samples, snr, new Random(1));
    const noise = noisy.map((v, i) => v - samples[i]);
    expect(Math.abs(decibels(power(samples) / power(noise)) - snr)).toBeLessThan(0.2);
    const next = noise.slice(1).reduce((sum, v, i) => sum + v * noise[i], 0) / noise.length;
    expect(Math.abs(next) / power(noise)).toBeLessThan(0.03);
  });

  it('is repeatable by its seed and differs between seeds', () => {
    const samples = tone(0.1, 8000);
    expect(addWhiteNoise(samples, 10, new Random(1))).toEqual(addWhiteNoise(samples, 10, new Random(1)));
    expect(addWhiteNoise(samples, 10, new Random(1))).not.toEqual(addWhiteNoise(samples, 10, new Random(2)));
  });

  it('leaves digital silence silent', () => {
    expect(addWhiteNoise(new Float32Array(50), 10, new Random(1)).every((v) => v === 0)).toBe(true);
  });
});
