import { paretoFront } from '@auricle/cli/bridge/pareto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the Pareto front', () => {
  it('holds what nothing beats, by rising cost', () => {
    const points = [
      { name: 'small', cost: 1, error: 0.3 },
      { name: 'dominated', cost: 3, error: 0.3 },
      { name: 'exact', cost: 4, error: 0.1 },
      { name: 'middle', cost: 2, error: 0.2 },
      { name: 'equal', cost: 2, error: 0.2 },
    ];
    expect(paretoFront(points).map(({ name }) => name)).toEqual(['small', 'middle', 'equal', 'exact']);
  });

  it('falls in error as cost rises, and something on it is no worse than any point', () => {
    const point = fc.record({ cost: fc.integer({ min: 0, max: 9 }), error: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 1 }), (points) => {
        const front = paretoFront(points);
        front.slice(1).forEach((next, i) => {
          expect(next.cost).toBeGreaterThanOrEqual(front[i].cost);
          expect(next.error).toBeLessThanOrEqual(front[i].error);
        });
        for (const { cost, error } of points) expect(front.some((f) => f.cost <= cost && f.error <= error)).toBe(true);
      }),
    );
  });
});
