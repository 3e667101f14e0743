/** A TF.js function goes in; its result through the traced ONNX graph and through TF.js's CPU backend come out. */
import { encodeModel } from '@auricle/bundle/onnx';
import { type InputSpec, trace } from '@auricle/training';
import * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';

export interface Input extends InputSpec {
  values: Float32Array | Int32Array | Uint8Array;
}
export type Outcome = Record<string, { shape: readonly number[]; values: Float32Array }>;
export type Body = (tensors: Record<string, tf.Tensor>) => Record<string, tf.TensorInfo>;

export async function runTraced(inputs: Record<string, Input>, body: Body): Promise<Outcome> {
  const model = trace('test', inputs, body);
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 3, intraOpNumThreads: 2 });
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, values, shape }]) => [name, new ort.Tensor(type, values, shape)]),
  );
  const results = await session.run(feeds);
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, t]) => [
      name,
      { shape: t.dims, values: Float32Array.from(t.data as Float32Array) },
    ]),
  );
}

export async function runOnCpu(inputs: Record<string, Input>, body: Body): Promise<Outcome> {
  await tf.setBackend('cpu');
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, { type, values, shape }]) => [name, tf.tensor(values, shape, type)]),
  );
  const results = tf.tidy(() => body(tensors) as Record<string, tf.Tensor>);
  const outcome = Object.fromEntries(
    Object.entries(results).map(([name, t]) => [name, { shape: t.shape, values: Float32Array.from(t.dataSync()) }]),
  );
  tf.dispose([results, tensors]);
  return outcome;
}

/** Largest difference relative to the largest magnitude of the expected values, over all outputs. */
export function relativeDifference(actual: Outcome, expected: Outcome): number {
  let worst = 0;
  for (const [name, { values, shape }] of Object.entries(expected)) {
    const other = actual[name];
    if (!other || other.shape.join() !== shape.join()) return Number.POSITIVE_INFINITY;
    const scale = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-12);
    values.forEach((v, i) => {
      const difference = Math.abs(v - other.values[i]) / scale;
      worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
    });
  }
  return worst;
}

/** Repeatable values in [-1, 1]. */
export function noise(count: number, seed = 1): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export const floats = (shape: number[], seed = 1): Input => ({
  shape,
  type: 'float32',
  values: noise(
    shape.reduce((a, b) => a * b, 1),
    seed,
  ),
});
export const ints = (shape: number[], values: number[]): Input => ({
  shape,
  type: 'int32',
  values: Int32Array.from(values),
});
