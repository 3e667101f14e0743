import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTrainConfig, readTrainConfig } from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const minimal = { name: 'test', epochs: 2, data: { train: ['a.jsonl'], dev: ['b.jsonl'] } };

describe('a recipe', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'auricle-recipe-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('fills in what it does not say', () => {
    const config = checkTrainConfig(minimal, 'recipe');
    expect(config.model).toMatchObject({ width: 192, heads: 4, keyValueHeads: 1 });
    expect(config.optimiser.learningRate).toBeGreaterThan(0);
  });

  it.each([
    [{ ...minimal, epoch: 3 }, /epoch/],
    [{ ...minimal, optimiser: { learningrate: 1 } }, /optimiser.*learningrate/],
    [{ ...minimal, optimiser: { learningRate: -1 } }, /optimiser\.learningRate.*\(seen: -1\)/],
    [{ ...minimal, model: { width: 10, heads: 4 } }, /model\.heads.*must divide width/],
    [{ ...minimal, model: { heads: 4, keyValueHeads: 3 } }, /model\.keyValueHeads.*must divide heads/],
    [{ ...minimal, batches: { chunks: [5] } }, /batches\.chunks.*5 does not divide/],
    [{ ...minimal, epochs: 'many' }, /epochs.*\(seen: "many"\)/],
  ])('names what is wrong: %o', (settings, message) => {
    expect(() => checkTrainConfig(settings, 'recipe.yaml')).toThrow(
      expect.objectContaining({ code: 'AUR_TRAIN_CONFIG', message: expect.stringMatching(message) }),
    );
  });

  it('takes overrides from the command line', async () => {
    const path = join(folder, 'recipe.yaml');
    await writeFile(path, 'name: x\nepochs: 2\ndata: { train: [a], dev: [b] }\n');
    const config = await readTrainConfig(path, ['epochs=7', 'augment.speed=[1, 1]', 'model.width=64']);
    expect(config).toMatchObject({ epochs: 7, augment: { speed: [1, 1] }, model: { width: 64 } });
    await expect(readTrainConfig(path, ['modle.width=64'])).rejects.toMatchObject({ code: 'AUR_TRAIN_CONFIG' });
    await expect(readTrainConfig(path, ['epochs'])).rejects.toThrow(/expected path\.to\.key=value/);
  });

  it('names a file that is not there', async () => {
    await expect(readTrainConfig(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml/);
  });
});
