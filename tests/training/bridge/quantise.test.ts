import { encodeModel, floatTensor, floatValues, type OnnxModel, type OnnxNode } from '@auricle/bundle/onnx';
import { type ModelSpec, modelConfigSchema, parameterSpecs, quantise } from '@auricle/training';
import { calibrate } from '@auricle/training/bridge/quantise';
import { padToChunks, streamBatch } from '@auricle/training/bridge/stream-batch';
import { streamingGraph } from '@auricle/training/bridge/streaming-graph';
import type { Example } from '@auricle/training/data/example';
import { initialWeights } from '@auricle/training/model/init';
import * as ort from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../tracing/compare.js';

const CHUNK = 4;
const MELS = 80;
const spec: ModelSpec = {
  config: modelConfigSchema.parse({ width: 32, blocks: 2, heads: 4, feedForward: 2, leftContext: 8 }),
  vocabulary: 9,
  features: { mean: new Array(MELS).fill(-6), deviation: new Array(MELS).fill(4) },
};

const exampleOf = (seed: number, frames: number, loudness = 1): Example => ({
  features: noise(frames * MELS, seed).map((v) => -6 + 7 * loudness * v),
  frames,
  labels: [],
});

/** Log-probs of examples streamed side by side, [example][chunk]. */
async function logProbsOf(model: OnnxModel, examples: Example[]): Promise<number[][]> {
  const found: number[][] = examples.map(() => []);
  await streamBatch(model, spec, CHUNK, padToChunks(examples, MELS, CHUNK), ({ logprobs }) => {
    const values = logprobs.data as Float32Array;
    const row = values.length / examples.length;
    found.forEach((rows, i) => {
      rows.push(...values.subarray(i * row, (i + 1) * row));
    });
  });
  return found;
}

const largestDifference = (a: number[], b: number[]) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

describe('quantise', () => {
  let float: OnnxModel;
  let int8: OnnxModel;
  let names: string[];
  beforeAll(async () => {
    float = streamingGraph(spec, initialWeights(parameterSpecs(spec), 1), CHUNK);
    const examples = Array.from({ length: 20 }, (_, i) => exampleOf(i + 1, 32 + i));
    ({ model: int8, quantised: names } = quantise(float, await calibrate(float, spec, CHUNK, examples)));
  });

  it('turns every product with a large constant matrix to int8, the first of the network excepted', () => {
    const products = (model: OnnxModel, op: string) => model.graph.nodes.filter((n) => n.op === op);
    const constants = new Set(float.graph.initializers.map((c) => c.name));
    const before = products(float, 'MatMul').filter((n) => constants.has(n.inputs[1]));
    // The output layer's 32 x 9 matrix is too small to gain by it.
    const small = before.filter((n) => n.name.startsWith('output/'));
    expect(names).toHaveLength(before.length - 1 - small.length);
    expect(products(int8, 'MatMulIntegerToFloat')).toHaveLength(names.length);
    expect(products(int8, 'MatMul').filter((n) => n.name.startsWith('subsampling/'))).toHaveLength(1);
  });

  it('keeps the interface, the metadata and the names of the nodes', () => {
    expect(int8.graph.inputs).toEqual(float.graph.inputs);
    expect(int8.graph.outputs).toEqual(float.graph.outputs);
    expect(int8.metadata).toEqual(float.metadata);
    const kept = new Set(int8.graph.nodes.map((n) => n.name));
    expect(float.graph.nodes.filter((n) => !kept.has(n.name))).toEqual([]);
  });

  it('converts an activation once, however many products read it', () => {
    const conversions = int8.graph.nodes.filter((n) => n.op === 'QuantizeLinear').map((n) => n.inputs[0]);
    expect(new Set(conversions).size).toBe(conversions.length);
  });

  it('stays close to the float model on audio that calibration did not see', async () => {
    const [ours] = await logProbsOf(int8, [exampleOf(99, 64)]);
    const [reference] = await logProbsOf(float, [exampleOf(99, 64)]);
    const spread = Math.max(...reference) - Math.min(...reference);
    const difference = largestDifference(ours, reference);
    expect(difference).toBeGreaterThan(0);
    expect(difference / spread).toBeLessThan(0.05);
  });

  it('gives a stream the same log-probs whoever shares its batch', async () => {
    const example = exampleOf(7, 64);
    const [alone] = await logProbsOf(int8, [example]);
    const [accompanied] = await logProbsOf(int8, [example, exampleOf(8, 64, 5), exampleOf(9, 64, 0.01)]);
    expect(largestDifference(alone, accompanied)).toBeLessThanOrEqual(1e-4);
  });
});

describe('a quantised product', () => {
  it('has a scale for each column, so that a small column loses no more than a large one', async () => {
    const [rows, columns] = [64, 16];
    // Column c is 2^-c as large as column 0.
    const weights = noise(rows * columns, 3).map((v, i) => v * 2 ** -(i % columns));
    const product = (name: string, input: string, weight: string, output: string): OnnxNode => ({
      name,
      op: 'MatMul',
      domain: '',
      inputs: [input, weight],
      outputs: [output],
      attributes: {},
    });
    const model: OnnxModel = {
      graph: {
        name: 'two_products',
        // The first product is left in float.
        nodes: [product('first', 'x', 'eye', 'y'), product('second', 'y', 'w', 'z')],
        initializers: [
          floatTensor(
            'eye',
            [rows, rows],
            Float32Array.from({ length: rows * rows }, (_, i) => (i % (rows + 1) === 0 ? 1 : 0)),
          ),
          floatTensor('w', [rows, columns], weights),
        ],
        inputs: [{ name: 'x', type: 'float32', dims: [1, rows] }],
        outputs: [{ name: 'z', type: 'float32', dims: [1, columns] }],
      },
      opsets: { '': 18, 'com.microsoft': 1 },
      metadata: {},
    };
    const { model: int8 } = quantise(model, new Map([['y', [-1, 1]]]));
    const scales = floatValues(int8.graph.initializers.find((c) => c.name === 'w.scale')!);
    const largest = Array.from({ length: columns }, (_, c) =>
      Math.max(...Array.from({ length: rows }, (_, r) => Math.abs(weights[r * columns + c]))),
    );
    largest.forEach((magnitude, c) => {
      expect(scales[c] * 127).toBeCloseTo(magnitude, 6);
    });

    const x = noise(rows, 4);
    const session = await ort.InferenceSession.create(encodeModel(int8), { logSeverityLevel: 3 });
    const { z } = await session.run({ x: new ort.Tensor('float32', x, [1, rows]) });
    await session.release();
    for (let c = 0; c < columns; c++) {
      const exact = x.reduce((sum, v, r) => sum + v * weights[r * columns + c], 0);
      expect(Math.abs((z.data as Float32Array)[c] - exact) / 2 ** -c, `column ${c}`).toBeLessThan(0.15);
    }
  });
});
