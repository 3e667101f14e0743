/** Runs that begin with a model that was trained before. */
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel, encodeModel } from '@auricle/bundle/onnx';
import {
  type Checkpoint,
  exportBundle,
  loadCheckpoint,
  newestCheckpoint,
  parameterSpecs,
  readTrainConfig,
  saveCheckpoint,
  type TrainEvent,
  train,
} from '@auricle/training';
import { readSafetensors, writeSafetensors } from '@auricle/training/loop/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

let folder: string;
let recipe: string;
let bundle: string;
let checkpointPath: string;
let base: Checkpoint;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-start-'));
  const whole = await writeToneCorpus(folder);
  await train(await readTrainConfig(whole, ['epochs=3']), join(folder, 'base'), { resume: false });
  checkpointPath = join(folder, 'base/checkpoints/best.safetensors');
  base = await loadCheckpoint(checkpointPath);
  bundle = join(folder, 'bundle');
  await exportBundle(base, bundle, { chunk: 4, int8: false });
  // The recipe of a run that starts from a model says nothing of model and vocabulary.
  recipe = join(folder, 'start.yaml');
  const lines = (await readFile(whole, 'utf8')).split('\n').filter((line) => !/^(model|vocabulary):/.test(line));
  await writeFile(recipe, lines.join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const startFrom = (from: string) => [`start.from=${from}`, 'epochs=1', 'averageBest=1'];

async function run(name: string, overrides: string[]): Promise<Checkpoint> {
  await train(await readTrainConfig(recipe, overrides), join(folder, name), { resume: false });
  return (await newestCheckpoint(join(folder, name, 'checkpoints')))!;
}

/** The numbers of each parameter of a flat vector. */
function byName({ spec }: Checkpoint, flat: Float32Array): Record<string, number[]> {
  let at = 0;
  return Object.fromEntries(
    parameterSpecs(spec).map(({ name, shape }) => {
      const from = at;
      at += shape.reduce((a, b) => a * b, 1);
      return [name, [...flat.subarray(from, at)]];
    }),
  );
}

const freezing = (...rules: [string, number][]) =>
  `start.rates=[${rules.map(([parameters, rate]) => `{ parameters: '${parameters}', rate: ${rate} }`).join(', ')}]`;

describe('a run that starts from a model', () => {
  it('learns the same from a bundle and from the checkpoint that was exported as it', async () => {
    const [fromBundle, fromCheckpoint] = [
      await run('from-bundle', startFrom(bundle)),
      await run('from-checkpoint', startFrom(checkpointPath)),
    ];
    expect(fromBundle.state).toEqual(fromCheckpoint.state);
    expect(fromBundle.spec).toEqual(base.spec);
    expect(fromBundle.tokens).toEqual(base.tokens);
  });

  it('reads the int8 model of a bundle that has no other', async () => {
    const int8 = join(folder, 'int8');
    await mkdir(int8);
    await copyFile(join(bundle, 'model.onnx'), join(int8, 'model.int8.onnx'));
    await copyFile(join(bundle, 'tokens.txt'), join(int8, 'tokens.txt'));
    expect((await run('of-int8', startFrom(int8))).state).toEqual((await run('of-float', startFrom(bundle))).state);
  });

  it('begins with the averaged weights of that model', async () => {
    // So small a rate leaves them as they are, but for rounding.
    const { state } = await run('still', [
      ...startFrom(bundle),
      'optimiser={ learningRate: 1e-30, finalLearningRate: 0 }',
    ]);
    expect(state.step).toBeGreaterThan(0);
    expect(state.weights.every((v, i) => v === base.state.average[i])).toBe(true);
  });

  it('may join encoder frames in pairs, by a convolution that begins as their sum', async () => {
    const joined = await run('joined', [
      ...startFrom(bundle),
      'model.subsampling=8',
      'optimiser={ learningRate: 1e-30, finalLearningRate: 0 }',
    ]);
    const before = byName(base, base.state.average);
    const {
      'subsampling.third.weight': third,
      'subsampling.third.bias': bias,
      ...kept
    } = byName(joined, joined.state.weights);
    expect(kept).toEqual(before);
    for (const value of bias) expect(Math.abs(value)).toBeLessThan(1e-20);
    const heard = Array.from({ length: 4 * 32 }, (_, i) => Number(i % 32 === 5));
    const said = Array.from({ length: 32 }, (_, to) =>
      heard.reduce((sum, x, from) => sum + x * third[from * 32 + to], 0),
    );
    expect(said.indexOf(Math.max(...said))).toBe(5);
    expect(said[5]).toBeGreaterThan(1.2);
  });

  it('keeps what is frozen as it was, to the bit, in the weights and in their average, and learns the rest by its rate', async () => {
    const overrides = [
      ...startFrom(bundle),
      freezing(['subsampling.*', 0], ['block0\\..*weight', 0], ['block0\\..*', 1e-3]),
    ];
    const frozen = await run('frozen', overrides);
    const before = byName(base, base.state.average);
    const after = byName(frozen, frozen.state.weights);
    const average = byName(frozen, frozen.state.average);
    const moved = (name: string) => Math.max(...after[name].map((v, i) => Math.abs(v - before[name][i])));
    for (const name of Object.keys(before)) {
      const still = name.startsWith('subsampling') || (name.startsWith('block0') && name.endsWith('weight'));
      if (still) {
        expect(after[name], name).toEqual(before[name]);
        expect(average[name], name).toEqual(before[name]);
      } else expect(moved(name), name).toBeGreaterThan(0);
    }
    expect(moved('block0.attention.out.bias')).toBeLessThan(0.05 * moved('output.bias'));
  });

  it('with a new vocabulary begins the output layer anew and nothing else', async () => {
    const overrides = [...startFrom(bundle), 'start.vocabulary=replace', 'vocabulary=words'];
    const words = await run('words', [...overrides, freezing(['(subsampling|block).*', 0])]);
    expect(words.tokens.symbols).toEqual(['<blk>', '▁hi', '▁lo']);
    const [before, after] = [byName(base, base.state.average), byName(words, words.state.weights)];
    expect(after['block0.attention.out.weight']).toEqual(before['block0.attention.out.weight']);
    expect([after['output.bias'].length, before['output.bias'].length]).toEqual([3, 6]);
    expect(words.spec.features).toEqual(base.spec.features);
  });

  it('takes what does not change the meaning of its weights from the recipe', async () => {
    const { spec } = await run('context', [...startFrom(bundle), 'model.leftContext=16']);
    expect(spec.config).toEqual({ ...base.spec.config, leftContext: 16 });
  });

  it('goes on after a stop, also when the model that it began with is gone', async () => {
    const gone = join(folder, 'gone');
    await cp(bundle, gone, { recursive: true });
    const overrides = [...startFrom(gone), freezing(['subsampling.*', 0])];
    const whole = await run('whole', overrides);
    const stop = new AbortController();
    const cut = join(folder, 'cut');
    await train(await readTrainConfig(recipe, overrides), cut, {
      resume: false,
      signal: stop.signal,
      onEvent: (event: TrainEvent) => event.kind === 'step' && stop.abort(),
    });
    expect((await newestCheckpoint(join(cut, 'checkpoints')))!.state.step).toBe(1);
    await rm(gone, { recursive: true });
    await train(await readTrainConfig(recipe, overrides, () => cut), cut, { resume: true });
    expect((await newestCheckpoint(join(cut, 'checkpoints')))!.state).toEqual(whole.state);
  });

  it('starts from a checkpoint whose own settings are of another version, which cannot go on', async () => {
    const old = join(folder, 'old.safetensors');
    const { tensors, metadata } = await readSafetensors(checkpointPath);
    const config = JSON.stringify({ ...JSON.parse(metadata.config), tempo: 'fast' });
    await writeSafetensors(old, tensors, { ...metadata, config });
    await expect(loadCheckpoint(old)).rejects.toMatchObject({
      code: 'AUR_CHECKPOINT_SETTINGS',
      message: expect.stringMatching(/old\.safetensors.*tempo/s),
    });
    expect((await run('from-old', startFrom(old))).spec).toEqual(base.spec);
  });
});

describe('a model that cannot be started from', () => {
  const refused = async (overrides: string[], code: string, message: RegExp) =>
    expect(run('refused', overrides)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });

  it.each([
    ['model.width=48', /bundle: does not fit the recipe: model\.width is 32 there and 48 in the recipe/],
    ['model.size=xs', /model\.width is 32 there and 64 in the recipe/],
    ['model.blocks=2', /model\.blocks is 1 there and 2 in the recipe/],
    ['model.convolution=7', /model\.convolution is 5 there and 7/],
  ])('has another network than the recipe says: %s', async (override, message) => {
    await refused([...startFrom(bundle), override], 'AUR_TRAIN_START_FITS', message);
  });

  it('has a vocabulary of its own unless it is replaced', async () => {
    const overrides = [...startFrom(bundle), 'vocabulary=words'];
    await refused(overrides, 'AUR_TRAIN_CONFIG', /vocabulary: is that of the start unless .*\(seen: "words"\)/);
  });

  it('learns by rates that fit its parameters', async () => {
    const rates = (rules: string) => [...startFrom(bundle), `start.rates=${rules}`];
    await refused(
      rates(`[{ parameters: 'block[.*', rate: 0 }]`),
      'AUR_TRAIN_CONFIG',
      /start\.rates\.0\.parameters: expected a regular expression \(seen: "block\[\.\*"\)/,
    );
    await refused(
      rates(`[{ parameters: 'block7.*', rate: 0 }]`),
      'AUR_TRAIN_CONFIG',
      /start\.rates\.0\.parameters: fits none of the parameters subsampling\.first\.weight to output\.bias \(seen: "block7/,
    );
    await refused(
      rates(`[{ parameters: '.*', rate: 0.1 }, { parameters: 'output.*', rate: 1 }]`),
      'AUR_TRAIN_CONFIG',
      /start\.rates\.1\.parameters: fits no parameter that an earlier pattern does not/,
    );
    await refused(rates(`[{ parameters: '.*', rate: 0 }]`), 'AUR_TRAIN_CONFIG', /start\.rates: leave nothing to learn/);
    await refused(rates(`[{ parameters: '.*', rate: -1 }]`), 'AUR_TRAIN_CONFIG', /start\.rates\.0\.rate.*\(seen: -1\)/);
    await refused(rates(`[{ pattern: '.*', rate: 1 }]`), 'AUR_TRAIN_CONFIG', /start\.rates\.0\.pattern: unknown key/);
  });

  it('is not there, or is no model', async () => {
    await refused(startFrom(join(folder, 'nothing')), 'AUR_TRAIN_START', /nothing: cannot be started from: .*ENOENT/);
    await refused(startFrom(recipe), 'AUR_TRAIN_START', /start\.yaml: cannot be started from/);
  });

  it('was made by another program', async () => {
    const foreign = join(folder, 'foreign');
    await cp(bundle, foreign, { recursive: true });
    const model = decodeModel(await readFile(join(bundle, 'model.onnx')), 'model.onnx');
    delete model.metadata.auricle_network;
    await writeFile(join(foreign, 'model.onnx'), encodeModel(model));
    await refused(startFrom(foreign), 'AUR_TRAIN_START', /foreign: .*exported by another program/);
  });

  it('is a checkpoint of another shape than it says', async () => {
    const path = join(folder, 'cut.safetensors');
    await saveCheckpoint(path, { ...base, state: { ...base.state, average: base.state.average.slice(1) } });
    await refused(startFrom(path), 'AUR_TRAIN_START', /average has \d+ numbers: expected \d+/);
    await expect(loadCheckpoint(path)).rejects.toMatchObject({ code: 'AUR_CHECKPOINT_DAMAGED' });
  });
});
