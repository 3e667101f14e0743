/** The flat vector of a checkpoint goes in, the network's named weights come out. */
import * as tf from '@tensorflow/tfjs';
import { namedConstant } from '../tracing/backend.js';
import { type ModelSpec, parameterSpecs, placedParameters } from './config.js';
import type { Weights } from './conformer.js';

/** Cuts a flat vector, which may be symbolic, into the weights in the order of `parameterSpecs`. */
export function unpackWeights(spec: ModelSpec, flat: tf.Tensor): tf.Tensor[] {
  return placedParameters(parameterSpecs(spec)).map(({ shape, at, end }) =>
    tf.reshape(tf.slice(flat, [at], [end - at]), shape),
  );
}

/** Each weight as a constant of its own, under its own name: an exported graph must not cut up a flat vector at every chunk, and
 *  training can go on from it (`readWeights`). */
export function constantWeights(spec: ModelSpec, flat: Float32Array): tf.Tensor[] {
  return placedParameters(parameterSpecs(spec)).map(({ name, shape, at, end }) =>
    namedConstant(name, flat.slice(at, end), shape),
  );
}

/** @param tensors in the order of `parameterSpecs` */
export function byName(spec: ModelSpec, tensors: tf.Tensor[]): Weights {
  const named = new Map(parameterSpecs(spec).map(({ name }, i) => [name, tensors[i]]));
  return (name) => named.get(name)!;
}
