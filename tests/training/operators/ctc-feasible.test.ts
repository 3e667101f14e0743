import { ctcFeasible } from '@auricle/training/operators/ctc-feasible';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bruteForceCtc } from './ctc-brute-force.js';

describe('ctcFeasible', () => {
  it('says whether any path spells the labels', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 5 }),
        fc.integer({ min: 0, max: 6 }),
        (labels, frames) => {
          const { loss } = bruteForceCtc(new Array<number>(frames * 3).fill(0), 3, labels, 0);
          expect(ctcFeasible(labels, frames)).toBe(Number.isFinite(loss));
        },
      ),
    );
  });
});
