/** Parameter shapes and a seed go in, initial weights come out. */
import { Random } from '@auricle/datasets';
import { type ParameterSpec, parameterCount, placedParameters } from './config.js';

/** Share of the random values that stays, and what each frame of a pair adds to its channels: about what SiLU takes away. */
const [NOISE, SHARE] = [0.2, 0.8];

/** Makes of a subsampling convolution's random weights, in place, one that says of a pair of frames what they say together, so that what was
 *  trained behind it still understands.
 *  @param weights [4 · width, width] */
export function joinPairs(weights: Float32Array, width: number): void {
  for (let i = 0; i < weights.length; i++) weights[i] *= NOISE;
  // Of its four frames the last two are the pair; those before are the past.
  for (const frame of [2, 3])
    for (let channel = 0; channel < width; channel++) weights[(frame * width + channel) * width + channel] += SHARE;
}

/** Flat initial weights in the order of `specs`: uniform in [-bound, bound].
 *  @returns [parameterCount(specs)] */
export function initialWeights(specs: readonly ParameterSpec[], seed: number): Float32Array {
  const random = new Random(seed);
  const flat = new Float32Array(parameterCount(specs));
  for (const { bound, at, end } of placedParameters(specs))
    if (bound > 0) for (let i = at; i < end; i++) flat[i] = (2 * random.uniform() - 1) * bound;
  return flat;
}
