/** A float graph and the ranges of its activations go in, the same graph with int8 products comes out. */
import {
  floatTensor,
  floatValues,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from '@auricle/bundle/onnx';
import type { Example } from '../data/example.js';
import type { ModelSpec } from '../model/config.js';
import { padToChunks, streamBatch } from './stream-batch.js';

/** Smaller weights are not worth the conversion of their inputs. */
const SMALLEST = 1024;
/** Ranges seen in calibration are widened by this factor: louder speech will come. */
const HEADROOM = 1.05;
/** Calibration examples side by side. */
const BATCH = 16;

/** Smallest and largest value of an activation. */
export type Range = [low: number, high: number];

/** The products that are quantised: those of an activation with a constant [inputs, outputs] matrix. The network's first product is
 *  left in float: its input, the log-mel features, has no bounds that calibration could see. */
function quantisable({ graph }: OnnxModel): { node: OnnxNode; weight: OnnxTensor }[] {
  const constants = new Map(graph.initializers.map((c) => [c.name, c]));
  return graph.nodes
    .flatMap((node) => {
      const weight = node.op === 'MatMul' ? constants.get(node.inputs[1]) : undefined;
      return weight?.type === 'float32' && weight.dims.length === 2 && weight.data.byteLength / 4 >= SMALLEST
        ? [{ node, weight }]
        : [];
    })
    .slice(1);
}

/** Streams examples through the float graph and notes the range of every activation that will be quantised.
 *  @returns activation name -> range */
export async function calibrate(
  model: OnnxModel,
  spec: ModelSpec,
  chunk: number,
  examples: readonly Example[],
): Promise<Map<string, Range>> {
  const activations = new Map(
    quantisable(model).map(({ node, weight }): [string, OnnxValue] => {
      const name = node.inputs[0];
      return [name, { name, type: 'float32', dims: [`${name}.rows`, weight.dims[0]] }];
    }),
  );
  const watched: OnnxModel = {
    ...model,
    graph: { ...model.graph, outputs: [...model.graph.outputs, ...activations.values()] },
  };
  // Zero must be exact, for the caches begin with it.
  const ranges = new Map([...activations.keys()].map((name): [string, Range] => [name, [0, 0]]));
  for (let at = 0; at < examples.length; at += BATCH) {
    const padded = padToChunks(examples.slice(at, at + BATCH), spec.config.melBins, chunk);
    await streamBatch(watched, spec, chunk, padded, (outputs) => {
      for (const [name, range] of ranges)
        for (const value of outputs[name].data as Float32Array) {
          if (value < range[0]) range[0] = value;
          if (value > range[1]) range[1] = value;
        }
    });
  }
  return ranges;
}

/** Static quantisation: weights as int8 with a scale for each output channel, activations as uint8 by their calibrated range, sums in
 *  int32. Fixed ranges keep a stream's result independent of the streams that share its batch, which ranges taken from each
 *  batch (dynamic quantisation) do not.
 *  @returns the new model and the names of the quantised weights */
export function quantise(
  model: OnnxModel,
  ranges: ReadonlyMap<string, Range>,
): { model: OnnxModel; quantised: string[] } {
  const products = new Map(quantisable(model).map(({ node, weight }) => [node, weight]));
  const added = new Map<string, OnnxTensor>();
  const keep = (tensor: OnnxTensor) => {
    added.set(tensor.name, tensor);
    return tensor.name;
  };
  const converted = new Set<string>();
  const nodes = model.graph.nodes.flatMap((node): OnnxNode[] => {
    const weight = products.get(node);
    if (!weight) return [node];
    const [input] = node.inputs;
    const [low, high] = ranges.get(input)!.map((v) => v * HEADROOM);
    const step = Math.max((high - low) / 255, 1e-12);
    const scale = keep(floatTensor(`${input}.scale`, [], [step]));
    const zero = keep({ name: `${input}.zero`, type: 'uint8', dims: [], data: Uint8Array.of(Math.round(-low / step)) });
    const integers = `${input}.uint8`;
    const [values, scales] = quantiseColumns(weight).map(keep);
    const product: OnnxNode = {
      ...node,
      op: 'MatMulIntegerToFloat',
      domain: 'com.microsoft',
      inputs: [integers, values, scale, scales, zero],
    };
    // Products of the same activation share its integers.
    if (converted.has(integers)) return [product];
    converted.add(integers);
    const conversion: OnnxNode = {
      name: integers,
      op: 'QuantizeLinear',
      domain: '',
      inputs: [input, scale, zero],
      outputs: [integers],
      attributes: {},
    };
    return [conversion, product];
  });
  const used = new Set(nodes.flatMap((n) => n.inputs));
  const initializers = [...model.graph.initializers, ...added.values()].filter((c) => used.has(c.name));
  return {
    model: { ...model, graph: { ...model.graph, nodes, initializers } },
    quantised: [...products.values()].map((w) => w.name),
  };
}

/** Symmetric int8 by column: the largest magnitude of a column becomes 127.
 *  @returns integers [rows, columns] and scales [columns] */
function quantiseColumns(weight: OnnxTensor): [OnnxTensor, OnnxTensor] {
  const [rows, columns] = weight.dims;
  const values = floatValues(weight);
  const scales = new Float32Array(columns);
  for (let i = 0; i < values.length; i++)
    scales[i % columns] = Math.max(scales[i % columns], Math.abs(values[i]) / 127);
  const integers = new Int8Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const scale = scales[i % columns];
    integers[i] = scale === 0 ? 0 : Math.round(values[i] / scale);
  }
  return [
    { name: `${weight.name}.int8`, type: 'int8', dims: weight.dims, data: new Uint8Array(integers.buffer) },
    floatTensor(`${weight.name}.scale`, [columns], scales),
  ];
}
