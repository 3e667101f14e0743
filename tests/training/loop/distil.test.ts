import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint, readTrainConfig, train } from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

let folder: string;
let recipe: string;
let teacher: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-distil-'));
  recipe = await writeToneCorpus(folder);
  await train(await readTrainConfig(recipe, ['epochs=2', 'model.blocks=2']), join(folder, 'teacher'), {
    resume: false,
  });
  teacher = join(folder, 'teacher/checkpoints/best.safetensors');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const weightsAfter = async (name: string, settings: string[]) => {
  await train(await readTrainConfig(recipe, ['epochs=1', ...settings]), join(folder, name), { resume: false });
  return (await loadCheckpoint(join(folder, name, 'checkpoints/best.safetensors'))).state.weights;
};

describe('distillation', () => {
  it('has an effect on what the student learns, that of the output and that of the streams each their own', async () => {
    const alone = await weightsAfter('alone', []);
    const output = await weightsAfter('output', [`distil.from=${teacher}`]);
    const both = await weightsAfter('both', [`distil.from=${teacher}`, 'distil.hiddenWeight=0.5']);
    expect(output).not.toEqual(alone);
    expect(both).not.toEqual(output);
    expect(both.every(Number.isFinite)).toBe(true);
  });

  it('refuses a teacher that does not fit, saying what', async () => {
    const refused = (settings: string[]) =>
      expect(weightsAfter('refused', [`distil.from=${teacher}`, ...settings])).rejects;
    await refused(['vocabulary=words']).toMatchObject({ code: 'AUR_TRAIN_TEACHER' });
    await refused(['model.width=16', 'distil.hiddenWeight=1']).toMatchObject({ code: 'AUR_TRAIN_TEACHER' });
    await refused(['distil.from=nowhere']).toMatchObject({ code: 'AUR_TRAIN_START' });
  });
});
