import { type OnnxModel, productsOf } from '@auricle/bundle';
import { type ModelSpec, modelConfigSchema, parameterSpecs } from '@auricle/training';
import { meanDivergence } from '@auricle/training/bridge/divergence';
import { quantise } from '@auricle/training/bridge/quantise';
import { padToChunks, streamBatch, streamSizes } from '@auricle/training/bridge/stream-batch';
import { streamingGraph } from '@auricle/training/bridge/streaming-graph';
import type { Example } from '@auricle/training/data/example';
import { initialWeights } from '@auricle/training/model/init';
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
const examples = Array.from({ length: 20 }, (_, i) => exampleOf(i + 1, 32 + i));

/** Log-probs of examples streamed side by side, [example][chunk]. */
async function logProbsOf(model: OnnxModel, examples: Example[]): Promise<number[][]> {
  const found: number[][] = examples.map(() => []);
  await streamBatch(model, padToChunks(examples, streamSizes(model)), ({ logprobs }) => {
    const values = logprobs.data as Float32Array;
    const row = values.length / examples.length;
    found.forEach((rows, i) => {
      rows.push(...values.subarray(i * row, (i + 1) * row));
    });
  });
  return found;
}

const largestDifference = (a: number[], b: number[]) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

let float: OnnxModel;
beforeAll(() => {
  float = streamingGraph(spec, initialWeights(parameterSpecs(spec), 1), CHUNK);
});

describe('static int8', () => {
  let int8: OnnxModel;
  beforeAll(async () => {
    ({ model: int8 } = await quantise(float, { method: 'static', examples }));
  });
  const products = (op: string) => int8.graph.nodes.filter((n) => n.op === op);

  it('turns every product with a large constant matrix to int8; of the first, whose input has no bounds, the weights alone', () => {
    // The output layer's 32 x 9 matrix is too small to gain by it.
    const all = productsOf(float);
    expect(all.map(({ node }) => node.name)).not.toContain('output');
    expect(products('MatMulIntegerToFloat')).toHaveLength(all.length - 1);
    expect(products('Cast').map((n) => n.name)).toEqual(['subsampling.first.weight/Cast']);
  });

  it('keeps the interface, the metadata and the names of the nodes', () => {
    expect(int8.graph.inputs).toEqual(float.graph.inputs);
    expect(int8.graph.outputs).toEqual(float.graph.outputs);
    expect(int8.metadata).toEqual(float.metadata);
    const kept = new Set(int8.graph.nodes.map((n) => n.name));
    expect(float.graph.nodes.filter((n) => !kept.has(n.name))).toEqual([]);
  });

  it('converts an activation once, however many products read it', () => {
    const conversions = products('QuantizeLinear').map((n) => n.inputs[0]);
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
});

describe.each(['static', 'fp16', 'weights8', 'weights4'] as const)('%s', (method) => {
  it('gives a stream the same log-probs whoever shares its batch', async () => {
    const { model } = await quantise(float, { method, examples, mostDivergence: 1 });
    const example = exampleOf(7, 64);
    const [alone] = await logProbsOf(model, [example]);
    const [accompanied] = await logProbsOf(model, [example, exampleOf(8, 64, 5), exampleOf(9, 64, 0.01)]);
    expect(largestDifference(alone, accompanied)).toBeLessThanOrEqual(1e-4);
  });
});

describe('dynamic int8', () => {
  it('hears the other streams of a batch', async () => {
    const { model } = await quantise(float, { method: 'dynamic', examples, mostDivergence: 1 });
    const example = exampleOf(7, 64);
    const [alone] = await logProbsOf(model, [example]);
    const [accompanied] = await logProbsOf(model, [example, exampleOf(8, 64, 5), exampleOf(9, 64, 0.01)]);
    expect(largestDifference(alone, accompanied)).toBeGreaterThan(1e-3);
  });
});

describe('layers that stay in float', () => {
  it('are those that cost most by themselves, so many as the allowed divergence asks for', async () => {
    const all = await quantise(float, { method: 'weights4', examples, mostDivergence: 1 });
    expect(all.kept).toEqual([]);
    expect(all.layers).toEqual([]);
    const allowed = all.divergence / 2;
    const some = await quantise(float, { method: 'weights4', examples, mostDivergence: allowed });
    expect(some.divergence).toBeLessThanOrEqual(allowed);
    const costs = some.layers.map(({ divergence }) => divergence);
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    expect(some.kept.length).toBeGreaterThan(0);
    expect(some.kept.length).toBeLessThan(costs.length);
    expect(new Set(some.kept)).toEqual(new Set(some.layers.slice(0, some.kept.length).map(({ name }) => name)));
  });
});

describe('the divergence of two models', () => {
  it('is the mean of p log(p / q) over the frames', () => {
    const log = (...p: number[]) => Float32Array.from(p, Math.log);
    const divergence = meanDivergence([log(0.5, 0.5, 1, 0)], [log(0.25, 0.75, 0.5, 0.5)], 2);
    const first = 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3);
    expect(divergence).toBeCloseTo((first + Math.log(2)) / 2, 6);
  });
});
