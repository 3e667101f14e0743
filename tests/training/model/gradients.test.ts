import type { ModelSpec } from '@auricle/training';
import { modelConfigSchema, parameterSpecs } from '@auricle/training';
import { lossAndGradients, type StepTensors } from '@auricle/training/engine/step';
import { describe, expect, it } from 'vitest';
import { type Body, floats, type Input, ints, relativeDifference, runOnCpu, runTraced } from '../tracing/compare.js';

const batch = 3;
const frames = 64;
const vocabulary = 7;

function specOf(keyValueHeads: number): ModelSpec {
  return {
    config: modelConfigSchema.parse({
      melBins: 8,
      width: 16,
      blocks: 2,
      heads: 4,
      keyValueHeads,
      feedForward: 2,
      convolution: 5,
      leftContext: 8,
    }),
    vocabulary,
    features: {
      mean: Array.from({ length: 8 }, (_, i) => i / 10),
      deviation: Array.from({ length: 8 }, (_, i) => 1 + i / 10),
    },
  };
}

function inputsOf(spec: ModelSpec): Record<string, Input> {
  const weights = parameterSpecs(spec).map(({ name, shape, bound }, i): [string, Input] => {
    const input = floats(shape, i + 1);
    return [name, { ...input, values: (input.values as Float32Array).map((v) => v * (bound || 0.1)) }];
  });
  return {
    ...Object.fromEntries(weights),
    features: floats([batch, frames, 8], 99),
    frameLengths: ints([batch], [16, 11, 0]),
    labels: ints([batch, 4], [1, 2, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0]),
    labelLengths: ints([batch], [4, 1, 0]),
    lossScale: { shape: [], type: 'float32', values: Float32Array.of(0.2) },
  };
}

describe('the whole network', () => {
  it.each([
    [1, 2],
    [1, 8],
    [1, 16],
    [2, 4],
    [4, 4],
  ])(
    'has the gradients of TF.js on its CPU backend, %i key/value heads, chunks of %i frames',
    async (keyValueHeads, chunk) => {
      const spec = specOf(keyValueHeads);
      const names = parameterSpecs(spec).map((p) => p.name);
      const body: Body = (t) => {
        const { loss, losses, gradients } = lossAndGradients(
          spec,
          chunk,
          names.map((n) => t[n]),
          t as unknown as StepTensors,
        );
        return { loss, losses, ...Object.fromEntries(names.map((n, i) => [`d ${n}`, gradients[i]])) };
      };
      const inputs = inputsOf(spec);
      const [traced, reference] = [await runTraced(inputs, body), await runOnCpu(inputs, body)];
      expect(relativeDifference(traced, reference)).toBeLessThanOrEqual(1e-4);
      // A gradient that is zero everywhere would agree with anything.
      for (const name of names)
        expect(Math.max(...reference[`d ${name}`].values.map(Math.abs)), name).toBeGreaterThan(1e-7);
    },
  );

  it('has the gradients that finite differences give', async () => {
    const spec = specOf(1);
    const names = parameterSpecs(spec).map((p) => p.name);
    const inputs = inputsOf(spec);
    const body: Body = (t) => {
      const { loss, gradients } = lossAndGradients(
        spec,
        4,
        names.map((n) => t[n]),
        t as unknown as StepTensors,
      );
      return { loss, ...Object.fromEntries(names.map((n, i) => [`d ${n}`, gradients[i]])) };
    };
    const { loss: _, ...gradients } = await runTraced(inputs, body);
    const lossWith = async (name: string, shift: Float32Array) => {
      const values = (inputs[name].values as Float32Array).map((v, i) => v + shift[i]);
      return (await runTraced({ ...inputs, [name]: { ...inputs[name], values } }, body)).loss.values[0];
    };
    for (const name of [
      'subsampling.first.weight',
      'block0.attention.queryKeyValue.weight',
      'block1.convolution.filter',
      'output.bias',
    ]) {
      // Along the gradient itself the slope is its squared norm.
      const gradient = gradients[`d ${name}`].values;
      const norm = Math.sqrt(gradient.reduce((s, v) => s + v * v, 0));
      const step = 0.02;
      const direction = gradient.map((v) => (v / norm) * step);
      const slope =
        ((await lossWith(name, direction)) -
          (await lossWith(
            name,
            direction.map((v) => -v),
          ))) /
        (2 * step);
      expect(Math.abs(slope - norm) / norm, name).toBeLessThan(0.01);
    }
  });
});
