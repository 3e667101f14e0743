import { Random } from '@auricle/datasets';
import { type ModelSpec, modelConfigSchema, type Objective, parameterSpecs } from '@auricle/training';
import type { BatchLayout, BatchTensors } from '@auricle/training/engine/objective';
import { lossAndGradients } from '@auricle/training/engine/step';
import { drawNoise } from '@auricle/training/model/residual-dropout';
import { describe, expect, it } from 'vitest';
import { type Body, floats, type Input, ints, relativeDifference, runOnCpu, runTraced } from '../tracing/compare.js';

const batch = 4;
const frames = 64;
const vocabulary = 7;

function specOf(settings: object): ModelSpec {
  return {
    config: modelConfigSchema.parse({
      melBins: 8,
      width: 16,
      blocks: 2,
      heads: 4,
      feedForward: 2,
      convolution: 5,
      leftContext: 8,
      ...settings,
    }),
    vocabulary,
    features: {
      mean: Array.from({ length: 8 }, (_, i) => i / 10),
      deviation: Array.from({ length: 8 }, (_, i) => 1 + i / 10),
    },
  };
}

const plain: Objective = {
  loss: { intermediateWeight: 0, labelSmoothing: 0 },
  regularisation: { dropout: 0, stochasticDepth: 0 },
};
const everything: Objective = {
  loss: { intermediateWeight: 0.4, labelSmoothing: 0.1 },
  regularisation: { dropout: 0.2, stochasticDepth: 0.3 },
};

const scalar = (value: number): Input => ({ shape: [], type: 'float32', values: Float32Array.of(value) });

function inputsOf(spec: ModelSpec, { regularisation }: Objective): Record<string, Input> {
  const weights = parameterSpecs(spec).map(({ name, shape, bound }, i): [string, Input] => {
    const input = floats(shape, i + 1);
    return [name, { ...input, values: (input.values as Float32Array).map((v) => v * (bound || 0.1)) }];
  });
  const length = frames / spec.config.subsampling;
  const noise = drawNoise(new Random(5), spec.config, { batch, length }, regularisation);
  return {
    ...Object.fromEntries(weights),
    features: floats([batch, frames, 8], 99),
    // An empty row, and as the second view of each half another row of the same labels.
    frameLengths: ints([batch], [length, 0, length, 0]),
    labels: ints([batch, 4], [1, 2, 2, 3, 0, 0, 0, 0, 1, 2, 2, 3, 0, 0, 0, 0]),
    labelLengths: ints([batch], [4, 0, 4, 0]),
    lossScale: scalar(0.2),
    consistencyWeight: scalar(0.5),
    noise: { shape: [noise.length], type: 'float32', values: noise },
  };
}

function bodyOf(spec: ModelSpec, settings: Objective, layout: BatchLayout): Body {
  const names = parameterSpecs(spec).map((p) => p.name);
  return (t) => {
    const weights = names.map((n) => t[n]);
    const result = lossAndGradients(spec, settings, layout, weights, t as unknown as BatchTensors);
    const { loss, losses, gradients } = result;
    return { loss, losses, ...Object.fromEntries(names.map((n, i) => [`d ${n}`, gradients[i]])) };
  };
}

describe('the whole network', () => {
  it.each<[string, object, Objective, BatchLayout]>([
    ['one key/value head, short chunks', { keyValueHeads: 1 }, plain, { chunk: 2, views: 1 }],
    ['half of the utterance a chunk', { keyValueHeads: 1 }, plain, { chunk: 8, views: 1 }],
    ['full context', { keyValueHeads: 1 }, plain, { chunk: 16, views: 1 }],
    ['two key/value heads', { keyValueHeads: 2 }, plain, { chunk: 4, views: 1 }],
    ['as many as query heads', { keyValueHeads: 4 }, plain, { chunk: 4, views: 1 }],
    ['all options', { intermediate: [1], selfConditioned: true }, everything, { chunk: 4, views: 2 }],
    [
      'all options, 8 feature frames an encoder frame',
      { intermediate: [1], selfConditioned: true, subsampling: 8 },
      everything,
      { chunk: 4, views: 2 },
    ],
    ['all options, full context', { intermediate: [1] }, everything, { chunk: 16, views: 2 }],
  ])('has the gradients of TF.js on its CPU backend: %s', async (_, model, settings, layout) => {
    const spec = specOf(model);
    const body = bodyOf(spec, settings, layout);
    const inputs = inputsOf(spec, settings);
    const [traced, reference] = [await runTraced(inputs, body), await runOnCpu(inputs, body)];
    expect(relativeDifference(traced, reference)).toBeLessThanOrEqual(1e-4);
    // A gradient that is zero everywhere would agree with anything.
    for (const { name } of parameterSpecs(spec))
      expect(Math.max(...reference[`d ${name}`].values.map(Math.abs)), name).toBeGreaterThan(1e-7);
  });

  it.each<[string, Objective]>([
    ['CTC alone', plain],
    // Without consistency, whose gradient is not that of its value: each view takes the other as given.
    ['all terms and dropout', everything],
  ])('has the gradients that finite differences give: %s', async (_, settings) => {
    const spec = specOf({ intermediate: [1], selfConditioned: true });
    const names = parameterSpecs(spec).map((p) => p.name);
    const inputs = inputsOf(spec, settings);
    const body = bodyOf(spec, settings, { chunk: 4, views: 1 });
    const gradients = await runTraced(inputs, body);
    const lossWith = async (name: string, shift: Float32Array) => {
      const values = (inputs[name].values as Float32Array).map((v, i) => v + shift[i]);
      return (await runTraced({ ...inputs, [name]: { ...inputs[name], values } }, body)).loss.values[0];
    };
    const some = ['subsampling.first.weight', 'block0.attention.queryKeyValue.weight', 'block1.convolution.filter'];
    expect(names).toEqual(expect.arrayContaining(some));
    for (const name of [...some, 'output.bias']) {
      // Along the gradient itself the slope is its squared norm.
      const gradient = gradients[`d ${name}`].values;
      const norm = Math.sqrt(gradient.reduce((s, v) => s + v * v, 0));
      const step = 0.02;
      const forward = gradient.map((v) => (v / norm) * step);
      const backward = forward.map((v) => -v);
      const slope = ((await lossWith(name, forward)) - (await lossWith(name, backward))) / (2 * step);
      expect(Math.abs(slope - norm) / norm, name).toBeLessThan(0.01);
    }
  });
});
