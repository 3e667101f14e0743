/** Training that rounds as the int8 graph does: every engine makes the same step of it, and the int8 graph says what its forward pass says. */
import { productsOf } from '@auricle/bundle';
import {
  createEngine,
  type EngineSettings,
  initialState,
  type ModelSpec,
  modelConfigSchema,
  OnnxEngine,
  parameterSpecs,
  type TrainingBatch,
} from '@auricle/training';
import { calibratedIntegers, integerGraph } from '@auricle/training/bridge/calibrated-integers';
import { padToChunks, streamBatch, streamSizes } from '@auricle/training/bridge/stream-batch';
import { streamingGraph } from '@auricle/training/bridge/streaming-graph';
import { initialWeights } from '@auricle/training/model/init';
import { beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../tracing/compare.js';
import { ENGINES } from './engines.js';
import { referenceStep } from './reference-engine.js';

const MELS = 80;
const CHUNK = 4;
const FRAMES = 64;
const network: ModelSpec = {
  config: modelConfigSchema.parse({
    ...{ width: 32, blocks: 2, heads: 4, feedForward: 2, convolution: 5, leftContext: 8 },
    ...{ intermediate: [1], selfConditioned: true },
  }),
  vocabulary: 40,
  features: { mean: new Array(MELS).fill(-6), deviation: new Array(MELS).fill(4) },
};
const weights = initialWeights(parameterSpecs(network), 1);
const settings: EngineSettings = {
  seed: 7,
  optimiser: { beta1: 0.9, beta2: 0.98, epsilon: 1e-3, weightDecay: 0, clipNorm: 2, averageDecay: 0.9 },
  loss: { intermediateWeight: 0.3, labelSmoothing: 0, consistencyWeight: 0, consistencyWarmup: 0 },
  regularisation: { dropout: 0, stochasticDepth: 0 },
};
const examples = Array.from({ length: 4 }, (_, i) => ({
  features: noise(FRAMES * MELS, i + 1).map((v) => -6 + 7 * v),
  frames: FRAMES,
}));
const batch: TrainingBatch = {
  features: Float32Array.from([...examples[0].features, ...examples[1].features]),
  frameLengths: Int32Array.of(16, 12),
  labels: Int32Array.of(1, 7, 7, 39, 5, 0, 0, 0),
  labelLengths: Int32Array.of(4, 1),
  chunk: CHUNK,
  views: 1,
};

let spec: ModelSpec;
beforeAll(async () => {
  spec = { ...network, integers: await calibratedIntegers(network, weights, CHUNK, examples) };
});

describe('the layers that become integers', () => {
  it('are those of static int8, with a range each but for the first', () => {
    const layers = Object.keys(spec.integers!);
    const products = productsOf(streamingGraph(network, weights, CHUNK)).map(({ weight }) =>
      weight.name.replace(/\.weight.*$/, ''),
    );
    expect(new Set(layers)).toEqual(new Set(products));
    expect(layers).toContain('output');
    expect(spec.integers!['subsampling.first']).toBe('float');
    for (const [layer, range] of Object.entries(spec.integers!))
      if (layer !== 'subsampling.first') expect(range[0]).toBeLessThanOrEqual(0);
  });
});

describe.each(ENGINES)('$name', ({ choice, missing }) => {
  it.skipIf(missing)('makes the step that TF.js makes on its CPU backend', async () => {
    const start = initialState(weights);
    const engine = await createEngine(choice, spec, settings, start);
    const report = await engine.step([batch], 0.01);
    const { weights: stepped } = await engine.readState();
    await engine.close();
    const expected = await referenceStep(spec, settings, start, [batch], 0.01);
    expect(Math.abs(report.loss - expected.loss) / expected.loss).toBeLessThan(1e-4);
    // A value at the border between two integers may fall to either side.
    expect(Math.abs(report.gradientNorm - expected.gradientNorm) / expected.gradientNorm).toBeLessThan(2e-3);
    const moved = Math.hypot(...stepped.map((w, i) => w - weights[i]));
    expect(Math.hypot(...stepped.map((w, i) => w - expected.state.weights[i]))).toBeLessThan(5e-3 * moved);
    const inFloat = await referenceStep(network, settings, start, [batch], 0.01);
    expect(Math.abs(expected.loss - inFloat.loss)).toBeGreaterThan(1e-4);
  });
});

describe('the int8 graph', () => {
  it('says what the rounded forward pass says, much closer than the float one', async () => {
    const model = integerGraph(streamingGraph(network, weights, CHUNK), spec.integers!);
    expect(model.graph.nodes.filter(({ op }) => op === 'Cast')).toHaveLength(1);
    const padded = padToChunks(examples, streamSizes(model));
    const inChunks: Float32Array[] = [];
    await streamBatch(model, padded, ({ logprobs }) => inChunks.push((logprobs.data as Float32Array).slice()));
    const distance = async (other: ModelSpec) => {
      const engine = new OnnxEngine(other, settings, initialState(weights));
      const whole = await engine.logProbs(padded.features, examples.length, CHUNK);
      await engine.close();
      const part = CHUNK * network.vocabulary;
      let sum = 0;
      inChunks.forEach((chunk, c) => {
        chunk.forEach((v, i) => {
          const at = (Math.floor(i / part) * inChunks.length + c) * part + (i % part);
          sum += Math.abs(v - whole[at]);
        });
      });
      return sum / whole.length;
    };
    const rounded = await distance(spec);
    expect(rounded).toBeLessThan(2e-3);
    expect(rounded).toBeLessThan((await distance(network)) / 5);
  });
});
