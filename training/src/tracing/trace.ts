/** A TF.js function and the shapes of its inputs go in, the ONNX model that computes it comes out. */
import type { OnnxModel } from '@auricle/bundle/onnx';
import type { Tensor, TensorInfo } from '@tensorflow/tfjs';
import './kernels/index.js';
import { inputTensor, onTape, tracedValue } from './backend.js';
import type { TapeOptions } from './tape.js';

export interface InputSpec {
  shape: number[];
  type: 'float32' | 'int32' | 'bool';
}

/** Operator sets of every graph we emit; com.microsoft holds ONNX Runtime's fused operators. */
export const OPSETS = { '': 18, 'com.microsoft': 1 };

/** Records `body` once. Gradients taken inside `body` (tf.grads) are recorded like everything else.
 *  @param inputs graph input name -> shape and type, handed to `body` as tensors under the same names
 *  @param body returns graph output name -> tensor */
export function trace<Names extends string>(
  name: string,
  inputs: Record<Names, InputSpec>,
  body: (tensors: Record<Names, Tensor>) => Record<string, TensorInfo>,
  options?: TapeOptions,
): OnnxModel {
  return onTape((tape) => {
    const tensors = Object.fromEntries(
      Object.entries<InputSpec>(inputs).map(([key, { shape, type }]) => [key, inputTensor(key, shape, type)]),
    ) as Record<Names, Tensor>;
    const outputs = body(tensors);
    const values = Object.fromEntries(Object.entries(outputs).map(([key, t]) => [key, tracedValue(t)]));
    return { graph: tape.graph(name, values), opsets: OPSETS, metadata: {} };
  }, options);
}
