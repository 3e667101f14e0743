import { learningRateAt } from '@auricle/training/loop/schedule';
import { describe, expect, it } from 'vitest';

const schedule = { schedule: 'cosine' as const, learningRate: 1, warmupSteps: 10, finalLearningRate: 0.1 };

describe('learningRateAt', () => {
  it('rises in a line to the peak', () => {
    expect([1, 5, 10].map((step) => learningRateAt(step, 110, schedule))).toEqual([0.1, 0.5, 1]);
  });
  it('falls along half a cosine', () => {
    expect(learningRateAt(60, 110, schedule)).toBeCloseTo(0.55);
    expect(learningRateAt(110, 110, schedule)).toBeCloseTo(0.1);
  });
  it('falls with the square root of the step, without end, as noam', () => {
    const noam = { ...schedule, schedule: 'noam' as const };
    expect([5, 10, 40, 1000].map((step) => learningRateAt(step, 110, noam))).toEqual([0.5, 1, 0.5, 0.1]);
    expect(learningRateAt(4, 10, { ...noam, warmupSteps: 0 })).toBe(0.5);
  });
  it('stays at its end', () => {
    expect(learningRateAt(500, 110, schedule)).toBeCloseTo(0.1);
  });
});
