/** A step number goes in, its learning rate comes out. */

/** Linear warm-up to `learningRate`, then half a cosine down to `finalLearningRate` (Loshchilov & Hutter 2017, eq. 5).
 *  @param step counted from 1 */
export function learningRateAt(
  step: number,
  totalSteps: number,
  schedule: { learningRate: number; warmupSteps: number; finalLearningRate: number },
): number {
  const { learningRate, warmupSteps, finalLearningRate } = schedule;
  if (step <= warmupSteps) return (learningRate * step) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
  return finalLearningRate + ((learningRate - finalLearningRate) * (1 + Math.cos(Math.PI * progress))) / 2;
}
