import { histogram } from '@auricle/datasets/statistics/histogram';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('histogram', () => {
  it('puts every number into the one bin whose range it is in', () => {
    const numbers = fc.array(fc.float({ min: -1000, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(numbers, (values) => {
        const sorted = Float32Array.from(values).sort();
        const bins = histogram(sorted);
        expect(bins.length).toBeLessThanOrEqual(42);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        for (const [i, { from, to, count }] of bins.entries()) {
          if (i > 0) expect(from).toBe(bins[i - 1].to);
          expect(count).toBe(sorted.filter((v) => v >= from && v < to).length);
        }
      }),
      { examples: [[[-1.401298464324817e-45, 0]]] },
    );
  });

  it('has round widths', () => {
    const bins = histogram(Float32Array.from({ length: 100 }, (_, i) => 0.5 + i * 0.13).sort());
    expect(bins[0]).toEqual({ from: 0.5, to: 1, count: 4 });
    expect(bins.at(-1)!.from).toBe(13);
  });

  it('joins what is far out in a last bin', () => {
    const bins = histogram(Float32Array.from([...Array.from({ length: 999 }, (_, i) => i / 100), 5000]));
    expect(bins.length).toBeGreaterThan(15);
    expect(bins.at(-1)).toMatchObject({ to: Number.POSITIVE_INFINITY });
    expect(bins.at(-1)!.from).toBeLessThan(11);
  });

  it('has one bin for one number, and none for none', () => {
    expect(histogram([3])).toEqual([{ from: 3, to: 4, count: 1 }]);
    expect(histogram([])).toEqual([]);
  });
});
