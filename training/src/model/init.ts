/** Parameter shapes and a seed go in, initial weights come out. */
import { Random } from '@auricle/datasets';
import { type ParameterSpec, parameterCount } from './config.js';

/** Flat initial weights in the order of `specs`: uniform in [-bound, bound].
 *  @returns [parameterCount(specs)] */
export function initialWeights(specs: readonly ParameterSpec[], seed: number): Float32Array {
  const random = new Random(seed);
  const flat = new Float32Array(parameterCount(specs));
  let at = 0;
  for (const { shape, bound } of specs) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (bound > 0) for (let i = 0; i < size; i++) flat[at + i] = (2 * random.uniform() - 1) * bound;
    at += size;
  }
  return flat;
}
