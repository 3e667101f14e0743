import { Random } from '@auricle/datasets';
import { bootstrapIntervals } from '@auricle/decoding';
import { describe, expect, it } from 'vitest';

const options = (seed: number, resamples = 2000) => {
  const random = new Random(seed);
  return { uniform: () => random.uniform(), resamples, level: 0.95 };
};
const mean = (values: readonly number[]) => (drawn: Uint32Array) => [
  drawn.reduce((sum, i) => sum + values[i], 0) / drawn.length,
];

describe('bootstrapIntervals', () => {
  const values = Array.from({ length: 400 }, (_, i) => (i % 5 === 0 ? 1 : 0));

  it('is that of the normal approximation for a share of many', () => {
    const [{ low, high }] = bootstrapIntervals(400, mean(values), options(1, 10_000));
    const halfWidth = 1.96 * Math.sqrt((0.2 * 0.8) / 400);
    expect(Math.abs(low - (0.2 - halfWidth))).toBeLessThan(0.005);
    expect(Math.abs(high - (0.2 + halfWidth))).toBeLessThan(0.005);
  });

  it('is the same for the same random numbers, and another for others', () => {
    const squares = Array.from({ length: 100 }, (_, i) => i * i);
    const [first] = bootstrapIntervals(100, mean(squares), options(1));
    expect(bootstrapIntervals(100, mean(squares), options(1))).toEqual([first]);
    expect(bootstrapIntervals(100, mean(squares), options(2))).not.toEqual([first]);
  });

  it('gives each figure its own, of the same drawn sets', () => {
    const both = (drawn: Uint32Array) => [...mean(values)(drawn), 10 - mean(values)(drawn)[0]];
    const [first, second] = bootstrapIntervals(400, both, options(3));
    expect(second.low).toBeCloseTo(10 - first.high, 12);
    expect(second.high).toBeCloseTo(10 - first.low, 12);
  });

  it('knows no spread of a single utterance', () => {
    expect(bootstrapIntervals(1, () => [0.25], options(1))).toEqual([{ low: 0.25, high: 0.25 }]);
  });

  it('lies linearly between the two nearest sets', () => {
    let at = 0;
    const inOrder = () => [at++];
    expect(bootstrapIntervals(1, inOrder, { uniform: () => 0, resamples: 5, level: 0.5 })).toEqual([
      { low: 1, high: 3 },
    ]);
  });
});
