import { learningRateAt } from '@auricle/training/loop/schedule';
import { describe, expect, it } from 'vitest';

const schedule = { learningRate: 1, warmupSteps: 10, finalLearningRate: 0.1 };

describe('learningRateAt', () => {
  it('rises in a line to the peak', () => {
    expect([1, 5, 10].map((step) => learningRateAt(step, 110, schedule))).toEqual([0.1, 0.5, 1]);
  });
  it('falls along half a cosine', () => {
    expect(learningRateAt(60, 110, schedule)).toBeCloseTo(0.55);
    expect(learningRateAt(110, 110, schedule)).toBeCloseTo(0.1);
  });
  it('stays at its end', () => {
    expect(learningRateAt(500, 110, schedule)).toBeCloseTo(0.1);
  });
});
