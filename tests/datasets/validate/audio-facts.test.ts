import { factsOf } from '@auricle/datasets/validate/audio-facts';
import { describe, expect, it } from 'vitest';
import { tone } from '../files.js';

const RATE = 16_000;

describe('factsOf', () => {
  it('measures the loudest 25 ms, wherever they are', () => {
    const samples = new Float32Array(RATE);
    // Ten windows in; a sine's root mean square is 3.01 dB below its peak of -20 dB.
    samples.set(tone(0.025, RATE, 1000, 0.1), RATE / 4);
    expect(factsOf({ samples, sampleRate: RATE }).loudest).toBeCloseTo(-23.01, 1);
    expect(factsOf({ samples: new Float32Array(9), sampleRate: RATE }).loudest).toBe(Number.NEGATIVE_INFINITY);
  });

  it('counts the samples at full scale', () => {
    const samples = Float32Array.of(1, -1, 0.9, 0, 32767 / 32768, -0.99, 0.5, 0.1);
    expect(factsOf({ samples, sampleRate: RATE }).clipped).toBe(3 / 8);
  });

  it('knows the same samples again, and another rate from them', () => {
    const samples = tone(0.1, RATE);
    const { hash } = factsOf({ samples, sampleRate: RATE });
    expect(factsOf({ samples: samples.slice(), sampleRate: RATE }).hash).toBe(hash);
    expect(factsOf({ samples, sampleRate: 8000 }).hash).not.toBe(hash);
    const changed = samples.slice();
    changed[1000] += 1e-4;
    expect(factsOf({ samples: changed, sampleRate: RATE }).hash).not.toBe(hash);
  });
});
