/** A step number goes in, its learning rate comes out. */

/** Linear warm-up to `learningRate`, then half a cosine down to `finalLearningRate` (Loshchilov & Hutter 2017, eq. 5), or the inverse
 *  square root of the step (Vaswani et al. 2017, eq. 3).
 *  @param step counted from 1 */
export function learningRateAt(
  step: number,
  totalSteps: number,
  settings: { schedule: 'cosine' | 'noam'; learningRate: number; warmupSteps: number; finalLearningRate: number },
): number {
  const { schedule, learningRate, warmupSteps, finalLearningRate } = settings;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  if (schedule === 'noam') return learningRate * Math.sqrt(Math.max(1, warmupSteps) / step);
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return finalLearningRate + ((learningRate - finalLearningRate) * (1 + Math.cos(Math.PI * progress))) / 2;
}
