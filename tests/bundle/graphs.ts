/** Nodes and constants go in, a small model comes out, and what ONNX Runtime makes of it. */
import { encodeModel, floatTensor, int64Tensor, type OnnxModel, type OnnxNode, type OnnxTensor } from '@auricle/bundle';
import { Random } from '@auricle/datasets';
import * as ort from 'onnxruntime-node';

export const op = (
  name: string,
  type: string,
  inputs: string[],
  attributes: OnnxNode['attributes'] = {},
  domain = '',
): OnnxNode => ({ name, op: type, domain, inputs, outputs: [name], attributes });

export const matrix = (name: string, dims: number[], seed: number, scale = 1): OnnxTensor => {
  const random = new Random(seed);
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => scale * random.normal());
  return floatTensor(name, dims, values);
};

/** An index constant, called by its values. */
export const indices = (...values: number[]): OnnxTensor => int64Tensor(`[${values}]`, [values.length], values);

/** A model of the input `x`. */
export function modelOf(
  inputDims: (number | string)[],
  outputs: Record<string, (number | string)[]>,
  nodes: OnnxNode[],
  initializers: OnnxTensor[],
): OnnxModel {
  return {
    graph: {
      name: 'test',
      nodes,
      initializers,
      inputs: [{ name: 'x', type: 'float32', dims: inputDims }],
      outputs: Object.entries(outputs).map(([name, dims]) => ({ name, type: 'float32', dims })),
    },
    opsets: { '': 18, 'com.microsoft': 1 },
    metadata: {},
  };
}

/** @returns the outputs one after the other */
export async function outputsOf(model: OnnxModel, x: OnnxTensor): Promise<Float32Array[]> {
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 });
  const values = new Float32Array(new Uint8Array(x.data).buffer);
  const results = await session.run({ x: new ort.Tensor('float32', values, x.dims) });
  await session.release();
  return model.graph.outputs.map(({ name }) => results[name].data as Float32Array);
}

export const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

export const operatorsOf = ({ graph }: OnnxModel) => graph.nodes.map((node) => node.op);
