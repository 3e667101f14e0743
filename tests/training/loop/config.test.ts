import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkTrainConfig, parameterCount, parameterSpecs, readTrainConfig } from '@auricle/training';
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
    expect(config.augment.steps.map(({ kind }) => kind)).toEqual(['speed', 'gain', 'whiteNoise', 'specAugment']);
    expect(config.data.featureCache).toBeUndefined();
  });

  it.each([
    [{ ...minimal, epoch: 3 }, /: epoch: unknown key \(seen: 3\)$/],
    [{ ...minimal, optimiser: { learningrate: 1 } }, /: optimiser\.learningrate: unknown key \(seen: 1\)$/],
    [{ ...minimal, epoch: 3, data: { ...minimal.data, test: ['c'] } }, /data\.test.*\["c"\].*; epoch: .*3/],
    [JSON.parse('{ "__proto__": 1 }'), /__proto__: unknown key/],
    [{ ...minimal, optimiser: { learningRate: -1 } }, /optimiser\.learningRate.*\(seen: -1\)/],
    [{ ...minimal, model: { width: 10, heads: 4 } }, /model\.heads.*must divide width/],
    [{ ...minimal, model: { heads: 4, keyValueHeads: 3 } }, /model\.keyValueHeads.*must divide heads/],
    [
      { ...minimal, batches: { chunks: [4, 5] } },
      /: batches\.chunks\.1: 5 does not divide model\.leftContext \(seen: 5\)$/,
    ],
    [{ ...minimal, evaluateChunk: 3 }, /: evaluateChunk: 3 does not divide model\.leftContext \(seen: 3\)$/],
    [{ ...minimal, model: { melBins: 40 } }, /model\.melBins: expected 80 \(seen: 40\)/],
    [{ ...minimal, model: { size: 'xl' } }, /model\.size.*\(seen: "xl"\)/],
    [{ ...minimal, model: { blocks: 4, intermediate: [4] } }, /model\.intermediate: must be before the last block/],
    [{ ...minimal, model: { selfConditioned: true } }, /model\.selfConditioned: needs intermediate blocks/],
    [{ ...minimal, batches: { chunks: [4, 'whole'] } }, /batches\.chunks\.1.*\(seen: "whole"\)/],
    [{ ...minimal, regularisation: { dropout: 1 } }, /regularisation\.dropout.*\(seen: 1\)/],
    [{ ...minimal, optimiser: { schedule: 'linear' } }, /optimiser\.schedule.*\(seen: "linear"\)/],
    [
      { ...minimal, data: { ...minimal.data, features: 'stored' }, augment: { steps: [{ kind: 'vocalTract' }] } },
      /augment\.steps\.0: is for log-mel frames/,
    ],
    [{ ...minimal, augment: { steps: [{ kind: 'stretch' }] } }, /augment\.steps\.0: is for stored features/],
    [
      { ...minimal, data: { ...minimal.data, features: 'stored' }, augment: { steps: [{ kind: 'gain' }] } },
      /augment\.steps\.0: changes samples: expected stretch/,
    ],
    [
      { ...minimal, data: { ...minimal.data, features: 'stored' }, augment: { joinUtterances: { maximum: 2 } } },
      /augment\.joinUtterances\.gapSeconds: expected \[0, 0\].* with stored features/,
    ],
    [
      { ...minimal, augment: { steps: [{ kind: 'gain' }, { kind: 'speed', factors: [0, 1.1] }] } },
      /augment\.steps\.1\.factors\.0.*>=0\.5 \(seen: 0\)/,
    ],
    [{ ...minimal, augment: { steps: [{ kind: 'reverb' }] } }, /augment\.steps\.0\.kind.*\(seen: "reverb"\)/],
    [
      { ...minimal, augment: { steps: [{ kind: 'specAugment' }, { kind: 'gain' }] } },
      /augment\.steps\.1\.kind: gain changes samples/,
    ],
    [{ ...minimal, augment: { steps: [{ kind: 'noise' }] } }, /augment\.steps\.0: no recordings are named for it/],
    [
      { ...minimal, augment: { steps: [{ kind: 'recordedRoom' }], noise: ['n.jsonl'] } },
      /augment\.steps\.0: no recordings are named for it/,
    ],
    [
      { ...minimal, data: { ...minimal.data, featureCache: { folder: 'c' } }, augment: { rampEpochs: 2 } },
      /augment\.rampEpochs: expected 0 with data\.featureCache.*\(seen: 2\)/,
    ],
    [
      { ...minimal, data: { ...minimal.data, featureCache: { folder: 'c', epoch: 2 } } },
      /data\.featureCache\.epoch: unknown key \(seen: 2\)/,
    ],
    [{ ...minimal, epochs: 'many' }, /epochs.*\(seen: "many"\)/],
  ])('names what is wrong: %o', (settings, message) => {
    expect(() => checkTrainConfig(settings, 'recipe.yaml')).toThrow(
      expect.objectContaining({ code: 'AUR_TRAIN_CONFIG', message: expect.stringMatching(message) }),
    );
  });

  it('knows sizes by name, of which every number may be said otherwise', () => {
    const parametersOf = (model: object) => {
      const config = checkTrainConfig({ ...minimal, model }, 'recipe').model;
      return parameterCount(parameterSpecs({ config, vocabulary: 30 })) / 1e6;
    };
    const millions = ['xs', 's', 'm', 'l'].map((size) => parametersOf({ size }));
    [0.3, 3, 7.5, 30].forEach((expected, i) => {
      expect(millions[i] / expected).toBeGreaterThan(0.9);
      expect(millions[i] / expected).toBeLessThan(1.1);
    });
    expect(checkTrainConfig({ ...minimal, model: { size: 'xs', blocks: 5 } }, 'recipe').model).toMatchObject({
      width: 64,
      blocks: 5,
    });
  });

  it('is the same when what it says in full is checked again', () => {
    const config = checkTrainConfig({ ...minimal, model: { size: 's', blocks: 7 } }, 'recipe');
    expect(checkTrainConfig(JSON.parse(JSON.stringify(config)), 'recipe')).toEqual(config);
  });

  it('takes overrides from the command line', async () => {
    const path = join(folder, 'recipe.yaml');
    await writeFile(path, 'name: x\nepochs: 2\ndata: { train: [a], dev: [b] }\n');
    const config = await readTrainConfig(path, ['epochs=7', 'augment.steps=[{ kind: telephone }]', 'model.width=64']);
    expect(config).toMatchObject({
      epochs: 7,
      augment: { steps: [{ kind: 'telephone', probability: 1 }] },
      model: { width: 64 },
    });
    await expect(readTrainConfig(path, ['modle.width=64'])).rejects.toMatchObject({ code: 'AUR_TRAIN_CONFIG' });
    await expect(readTrainConfig(path, ['epochs'])).rejects.toThrow(/expected path\.to\.key=value/);
  });

  it.each([
    ['model.width=[1', /override model\.width=\[1: .*must end with a \]/],
    ['epochs.most=3', /override epochs\.most=3: there is nothing below 2/],
    ['=3', /override =3: expected path\.to\.key=value/],
    ['__proto__.epochs=3', /__proto__/],
    ['model.constructor.prototype.epochs=3', /model\.constructor: unknown key/],
  ])('names the override that is wrong: %s', async (override, message) => {
    const path = join(folder, 'wrong.yaml');
    await writeFile(path, 'name: x\nepochs: 2\ndata: { train: [a], dev: [b] }\n');
    await expect(readTrainConfig(path, [override])).rejects.toMatchObject({
      code: 'AUR_TRAIN_CONFIG',
      message: expect.stringMatching(message),
    });
    expect({}).not.toHaveProperty('epochs');
  });

  it('takes overrides of a recipe that is empty, and of one element of a list', async () => {
    const path = join(folder, 'empty.yaml');
    await writeFile(path, '');
    const overrides = ['name=x', 'epochs=2', 'data.train=[a, c]', 'data.dev=[b]', 'data.train.1=d'];
    expect((await readTrainConfig(path, overrides)).data).toMatchObject({ train: ['a', 'd'], dev: ['b'] });
    await expect(readTrainConfig(path)).rejects.toMatchObject({ code: 'AUR_TRAIN_CONFIG' });
  });

  it('trains with ONNX Runtime on the CPU unless the recipe says otherwise', async () => {
    const path = join(folder, 'engine.yaml');
    await writeFile(path, 'name: x\nepochs: 2\ndata: { train: [a], dev: [b] }\n');
    expect((await readTrainConfig(path)).engine).toEqual({ kind: 'onnx', provider: 'cpu', precision: 'float32' });
    const chosen = await readTrainConfig(path, ['engine.kind=tensorflow', 'engine.provider=cuda']);
    expect(chosen.engine).toEqual({ kind: 'tensorflow', provider: 'cuda', precision: 'float32' });
    for (const wrong of [
      'engine.device=0',
      'engine.precision=bfloat16',
      'engine.provider=metal',
      'engine={ kind: tensorflow, provider: webgpu }',
    ])
      await expect(readTrainConfig(path, [wrong]), wrong).rejects.toMatchObject({ code: 'AUR_TRAIN_CONFIG' });
  });

  it('names a file that is not there', async () => {
    await expect(readTrainConfig(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml/);
  });
});
