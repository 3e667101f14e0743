/** A TF.js kernel name and a function that emits ONNX nodes go in; TF.js calls it while tracing. */
import { type NamedTensorInfoMap, registerKernel, type TensorInfo } from '@tensorflow/tfjs';
import { TRACING_BACKEND } from '../backend.js';

/** Registers `emitKernel` as the tracing backend's implementation of a TF.js kernel. `Attributes` are TF.js's own, unchecked. */
export function registerTraced<Inputs extends NamedTensorInfoMap, Attributes extends object = object>(
  kernelName: string,
  emitKernel: (inputs: Inputs, attributes: Attributes) => TensorInfo | TensorInfo[],
): void {
  registerKernel({
    kernelName,
    backendName: TRACING_BACKEND,
    kernelFunc: ({ inputs, attrs }) => emitKernel(inputs as Inputs, (attrs ?? {}) as Attributes),
  });
}

export type Unary = { x: TensorInfo };
export type Binary = { a: TensorInfo; b: TensorInfo };
