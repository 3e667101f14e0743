import { speed } from '@auricle/datasets';
import { speedLength } from '@auricle/datasets/augment/speed';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tone } from '../files.js';
import { dominantHertz } from './measures.js';

describe('speed', () => {
  it.each([0.9, 1.1, 1.25])('plays %f times as fast: shorter by it, higher by it', (factor) => {
    const rate = 16_000;
    const { samples, sampleRate } = speed({ samples: tone(1, rate, 400), sampleRate: rate }, factor);
    expect(sampleRate).toBe(rate);
    expect(Math.abs(samples.length - rate / factor)).toBeLessThan(2);
    expect(Math.abs(dominantHertz(samples, rate, 300, 600) / (400 * factor) - 1)).toBeLessThan(0.01);
  });

  it('leaves samples alone at 1', () => {
    const pcm = { samples: tone(0.1, 8000), sampleRate: 8000 };
    expect(speed(pcm, 1)).toEqual(pcm);
  });

  it('gives as many samples as it says beforehand', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.integer({ min: 50, max: 200 }), (length, percent) => {
        const { samples } = speed({ samples: new Float32Array(length), sampleRate: 8000 }, percent / 100);
        expect(samples).toHaveLength(speedLength(length, 8000, percent / 100));
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, -1, 3, Number.NaN])('refuses a factor of %d', (factor) => {
    const act = () => speed({ samples: tone(0.1, 8000), sampleRate: 8000 }, factor);
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_AUGMENT_SPEED' }));
  });
});
