/** A gradient goes in, the state of a run is moved one step on in place: AdamW in one pass over the weights. */
import { type EngineSettings, stepScalars, type TrainingState } from './engine.js';

/** The global L2 norm of the gradients of all that is not frozen. */
export function gradientNormOf(gradient: Float32Array, rates?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) if (!rates || rates[i] > 0) sum += gradient[i] * gradient[i];
  return Math.sqrt(sum);
}

/** Clipping by the global norm, AdamW (Loshchilov & Hutter 2019, algorithm 2) and the running average of the weights; what
 *  `updateStep` says as a graph, which takes five times as long where the vectors are in the host's memory.
 *  @param state written to; its step is one more afterwards
 *  @param gradientNorm as `gradientNormOf` gives it */
export function adamwStep(
  state: TrainingState,
  gradient: Float32Array,
  gradientNorm: number,
  learningRate: number,
  settings: Pick<EngineSettings, 'optimiser' | 'loss' | 'rates'>,
): void {
  const { weights, firstMoment, secondMoment, average } = state;
  const { rates } = settings;
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = settings.optimiser;
  state.step++;
  const { firstCorrection, secondCorrection, averageDecay } = stepScalars(settings, state.step);
  const scale = Math.min(1, clipNorm / (gradientNorm + 1e-6));
  for (let i = 0; i < gradient.length; i++) {
    const rate = rates ? rates[i] : 1;
    const g = rate === 0 ? 0 : gradient[i] * scale;
    const m = beta1 * firstMoment[i] + (1 - beta1) * g;
    const v = beta2 * secondMoment[i] + (1 - beta2) * g * g;
    const w = weights[i];
    const direction = (m * firstCorrection) / (Math.sqrt(v * secondCorrection) + epsilon);
    const next = w - learningRate * rate * (direction + weightDecay * w);
    firstMoment[i] = m;
    secondMoment[i] = v;
    weights[i] = next;
    // In this form the average of a weight that never changes is that weight, to the bit.
    average[i] += (next - average[i]) * (1 - averageDecay);
  }
}
