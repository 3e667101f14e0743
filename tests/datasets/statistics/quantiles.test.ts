import { quantile, robustScale, robustScore } from '@auricle/datasets/statistics/quantiles';
import { describe, expect, it } from 'vitest';

describe('quantile', () => {
  it.each([
    [0, 1],
    [0.5, 2.5],
    [1 / 3, 2],
    [0.9, 3.7],
    [1, 4],
  ])('of 1, 2, 3, 4 at %d is %d, as numpy.quantile has it', (share, value) => {
    expect(quantile([1, 2, 3, 4], share)).toBeCloseTo(value, 12);
  });
});

describe('robustScore', () => {
  it('is small among the many and large for the outlier, which does not move the scale', () => {
    const values = Float32Array.of(9, 10, 11, 10, 9, 11, 10, 1000);
    const scale = robustScale(values);
    expect(scale).toEqual({ median: 10, deviation: 1 });
    expect(robustScore(11, scale)).toBeCloseTo(0.6745, 12);
    expect(robustScore(1000, scale)).toBeGreaterThan(600);
    expect(robustScore(5, scale)).toBeLessThan(-3.3);
  });

  it('calls nothing an outlier where half of the values are one', () => {
    expect(robustScore(7, robustScale(Float32Array.of(1, 1, 1, 7)))).toBe(0);
  });
});
