import { planDecoding } from '@auricle/decoding';
import { PriorCorrection } from '@auricle/decoding/beam/token-priors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const anyLogProbs = fc.array(fc.float({ min: -12, max: 0, noNaN: true }), { minLength: 4, maxLength: 4 });
const table = { symbols: ['<blk>', 'a', 'b', '▁'], blankId: 0 };

describe('the correction by priors', () => {
  it('divides each probability by the power of its prior and keeps their sum', () => {
    fc.assert(
      fc.property(anyLogProbs, anyLogProbs, fc.double({ min: 0, max: 2, noNaN: true }), (logProbs, priors, scale) => {
        const correction = new PriorCorrection({ logProbs: Float32Array.from(priors), scale });
        const found = correction.apply(Float32Array.from([9, 9, ...logProbs]), 2);
        const parts = logProbs.map((value, v) => Math.exp(value) / Math.exp(priors[v]) ** scale);
        const sum = parts.reduce((a, b) => a + b);
        for (const [v, part] of parts.entries()) expect(found[v]).toBeCloseTo(Math.log(part / sum), 3);
      }),
    );
  });

  it('leaves a frame in which nothing is probable, and one with a NaN, to the search', () => {
    const correction = new PriorCorrection({ logProbs: Float32Array.of(-1, -2), scale: 0.5 });
    expect([...correction.apply(new Float32Array(2).fill(Number.NEGATIVE_INFINITY), 0)]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(correction.apply(Float32Array.of(0, Number.NaN), 0)[1]).toBeNaN();
  });
});

describe('priors of a plan', () => {
  const priors = [-0.5, -2, -3, -4];

  it('are one a token, at most 0, and needed where they shall be taken off', () => {
    expect(planDecoding(table, { beam: 4, tokenPriors: priors }).priors).toMatchObject({ scale: 0 });
    for (const tokenPriors of [undefined, priors.slice(1), [...priors.slice(1), 0.1], [-1, -1, -1, Number.NaN]])
      expect(() => planDecoding(table, { tokenPriors, priorScale: 0.5 })).toThrow(
        expect.objectContaining({
          code: 'AUR_DECODING_PRIORS',
          message: expect.stringContaining('expected 4 log-probs'),
        }),
      );
    expect(() => planDecoding(table, { tokenPriors: priors, priorScale: -1 })).toThrow('decoding.priorScale: seen -1');
  });
});
