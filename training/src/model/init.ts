/** Parameter shapes and a seed go in, initial weights come out. */
import { Random } from '@auricle/datasets';
import { type ParameterSpec, parameterCount, placedParameters } from './config.js';

/** Flat initial weights in the order of `specs`: uniform in [-bound, bound].
 *  @returns [parameterCount(specs)] */
export function initialWeights(specs: readonly ParameterSpec[], seed: number): Float32Array {
  const random = new Random(seed);
  const flat = new Float32Array(parameterCount(specs));
  for (const { bound, at, end } of placedParameters(specs))
    if (bound > 0) for (let i = at; i < end; i++) flat[i] = (2 * random.uniform() - 1) * bound;
  return flat;
}
