/** Quantisation-aware fine-tuning from a recipe to its int8 model. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel, floatValues } from '@auricle/bundle';
import { activationIntegers } from '@auricle/bundle/quantise/int8';
import { exportBundle, loadCheckpoint, readTrainConfig, train } from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

let folder: string;
let recipe: string;
let start: string;
let fineTuning: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-quantisation-'));
  recipe = await writeToneCorpus(folder);
  await train(await readTrainConfig(recipe, ['epochs=2']), join(folder, 'start'), { resume: false });
  start = join(folder, 'start/checkpoints/best.safetensors');
  // The vocabulary is then the start's.
  fineTuning = join(folder, 'fine-tuning.yaml');
  await writeFile(fineTuning, (await readFile(recipe, 'utf8')).replace(/^vocabulary:.*\n/m, ''));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const best = async (name: string, settings: string[]) => {
  const config = await readTrainConfig(fineTuning, ['epochs=1', `start.from=${start}`, ...settings]);
  await train(config, join(folder, name), { resume: false });
  return loadCheckpoint(join(folder, name, 'checkpoints/best.safetensors'));
};

describe('fine-tuning with quantisation', () => {
  it('learns other weights than without, and its int8 model has the ranges that it learned with', async () => {
    const inFloat = await best('float', []);
    const rounded = await best('rounded', ['quantisation.examples=8']);
    expect(inFloat.spec.integers).toBeUndefined();
    const integers = rounded.spec.integers!;
    expect(integers['subsampling.first']).toBe('float');
    expect(rounded.state.weights).not.toEqual(inFloat.state.weights);
    expect(rounded.state.weights.every(Number.isFinite)).toBe(true);

    const report = await exportBundle(rounded, join(folder, 'bundle'), { chunk: 4, int8: true });
    expect(report.parity).toBeLessThanOrEqual(1e-4);
    expect(report.int8!.kept).toEqual([]);
    const { graph } = decodeModel(await readFile(join(folder, 'bundle/model.int8.onnx')), 'model.int8.onnx');
    const scales = graph.initializers.filter(({ name, dims }) => name.endsWith('.scale') && dims.length === 0);
    const steps = Object.values(integers).flatMap((range) =>
      range === 'float' ? [] : [activationIntegers(range).step],
    );
    expect(new Set(scales.map((scale) => floatValues(scale)[0]))).toEqual(new Set(steps));
  });

  it('needs a start, and audio', async () => {
    await expect(readTrainConfig(recipe, ['quantisation.examples=8'])).rejects.toMatchObject({
      code: 'AUR_TRAIN_CONFIG',
      message: expect.stringContaining('quantisation: needs start.from'),
    });
    await expect(readTrainConfig(fineTuning, [`start.from=${start}`, 'quantisation.examples=0'])).rejects.toMatchObject(
      {
        message: expect.stringContaining('quantisation.examples'),
      },
    );
  });
});
