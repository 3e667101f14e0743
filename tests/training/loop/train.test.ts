import { symlinkSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { Random } from '@auricle/datasets';
import { characterTokens } from '@auricle/decoding';
import {
  evaluateCheckpoint,
  exportBundle,
  loadCheckpoint,
  newestCheckpoint,
  OnnxEngine,
  readTrainConfig,
  saveStep,
  type TrainEvent,
  type TrainingState,
  train,
} from '@auricle/training';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

type StepEvent = Extract<TrainEvent, { kind: 'step' }>;
type EpochEvent = Extract<TrainEvent, { kind: 'epoch' }>;

type EpochRecord = EpochEvent & { time: string };

let folder: string;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-train-'));
  recipe = await writeToneCorpus(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.restoreAllMocks();
});

const runOf = (name: string) => join(folder, name);

/** Trains and keeps what is told on the way. */
async function trainedRun(name: string, overrides: string[], options: { resume?: boolean; signal?: AbortSignal } = {}) {
  const run = runOf(name);
  const events: TrainEvent[] = [];
  const config = await readTrainConfig(recipe, overrides);
  await train(config, run, { resume: false, ...options, onEvent: (event) => events.push(event) });
  const steps = events.filter((e): e is StepEvent => e.kind === 'step');
  return { run, config, events, steps, metrics: await metricsOf(run) };
}

/** Records of the ends of epochs. */
async function metricsOf(run: string): Promise<EpochRecord[]> {
  const text = await readFile(join(run, 'metrics.jsonl'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === 'epoch');
}

/** What two runs of the same steps have in common. */
const withoutTimes = (records: EpochRecord[]) => records.map(({ time, evaluationMs, ...record }) => record);

const newestState = async (run: string) => (await newestCheckpoint(join(run, 'checkpoints')))!.state;
const expectFinite = ({ weights, firstMoment, secondMoment, average }: TrainingState) => {
  for (const values of [weights, firstMoment, secondMoment, average]) expect(values.every(Number.isFinite)).toBe(true);
};

/** A copy of a manifest of the tones with more utterances. */
async function manifestWith(split: 'train' | 'dev', name: string, utterances: object[]): Promise<string> {
  const path = join(folder, `${name}.jsonl`);
  await cp(join(folder, `${split}.jsonl`), path);
  for (const utterance of utterances) await appendFile(path, `${JSON.stringify(utterance)}\n`);
  return path;
}

/** An utterance whose audio is not there. */
const GONE = { audio_filepath: 'gone.wav', duration: 0.5, text: 'lo' };

/** As if the newest checkpoint were from the beginning of its epoch. */
async function rewindEpoch(checkpoints: string): Promise<void> {
  const checkpoint = (await newestCheckpoint(checkpoints))!;
  await saveStep(checkpoints, { ...checkpoint, progress: { ...checkpoint.progress, epoch: 0, batch: 0 } });
}

/** An override: training data of which two utterances are too short for their labels. */
async function withInfeasible(more: object[] = []): Promise<string> {
  const samples = Float32Array.from({ length: 4000 }, (_, i) => 0.3 * Math.sin(i / 10));
  await writeFile(join(folder, 'short.wav'), encodeWav({ samples, sampleRate: 16_000 }));
  const spoken = { audio_filepath: 'short.wav', duration: 0.25 };
  const manifest = await manifestWith('train', 'infeasible', [
    { ...spoken, text: 'lo hi lo hi lo hi lo hi' },
    { ...spoken, text: 'hi lo hi lo hi lo hi lo' },
    ...more,
  ]);
  return `data.train=[${manifest}]`;
}

/** Lets the engine see a feature that is no number at the given steps, counted from 1 over the whole run. */
function poisonSteps(isPoisoned: (step: number) => boolean): void {
  const original = OnnxEngine.prototype.step;
  let calls = 0;
  vi.spyOn(OnnxEngine.prototype, 'step').mockImplementation(function (this: OnnxEngine, batches, learningRate) {
    if (isPoisoned(++calls)) batches[0].features[0] = Number.NaN;
    return original.call(this, batches, learningRate);
  });
}

/** Lets the engine hear the same text in every utterance, another one each epoch. */
function hearEachEpoch(heard: readonly string[]): void {
  const { symbols } = characterTokens(['lo hi']);
  const evaluatedAt: number[] = [];
  vi.spyOn(OnnxEngine.prototype, 'logProbs').mockImplementation(async function (this: OnnxEngine, features, rows) {
    if (!evaluatedAt.includes(this.stepsDone)) evaluatedAt.push(this.stepsDone);
    const text = heard[evaluatedAt.length - 1];
    const frames = features.length / rows / 80 / 4;
    return Float32Array.from({ length: rows * frames * symbols.length }, (_, i) => {
      const frame = Math.floor(i / symbols.length) % frames;
      return symbols[i % symbols.length] === (text[frame] ?? '<blk>') ? 0 : -10;
    });
  });
}

describe('utterances that teach nothing', () => {
  it('are skipped and counted in every epoch where their labels do not fit, and never give a NaN', async () => {
    const { run, steps, metrics } = await trainedRun('infeasible', ['epochs=2', await withInfeasible()]);
    expect(metrics.map(({ infeasible, tooLong, skippedSteps }) => [infeasible, tooLong, skippedSteps])).toEqual([
      [2, 0, 0],
      [2, 0, 0],
    ]);
    for (const { applied, loss, gradientNorm } of steps)
      expect([applied, Number.isFinite(loss), Number.isFinite(gradientNorm)]).toEqual([true, true, true]);
    expectFinite(await newestState(run));
  });

  it('are counted by their reason where they are left out, of the training and of the dev data', async () => {
    const tooLong = { audio_filepath: 'train-0.wav', duration: 99, text: 'lo' };
    const foreign = { audio_filepath: 'dev-0.wav', duration: 0.2, text: 'zebra' };
    const trainManifest = await manifestWith('train', 'train-left-out', [GONE, tooLong, GONE]);
    const devManifest = await manifestWith('dev', 'dev-left-out', [foreign, GONE]);
    const { metrics, events } = await trainedRun('left-out', [
      'epochs=2',
      `data.train=[${trainManifest}]`,
      `data.dev=[${devManifest}]`,
    ]);
    for (const record of metrics)
      expect(record).toMatchObject({
        leftOut: { AUR_AUDIO_MISSING: 2, AUR_TRAIN_TOO_LONG: 1 },
        devLeftOut: { AUR_AUDIO_MISSING: 1, AUR_DECODING_UNKNOWN_SYMBOL: 1 },
        utterances: 6,
      });
    // Whether a file can be read shows only when a batch is made of it.
    expect(events[0]).toMatchObject({ kind: 'start', leftOut: { AUR_TRAIN_TOO_LONG: 1 } });
  });

  it('are no step where a whole batch of them is lost, and the others are learned from as ever', async () => {
    const manifest = await manifestWith('train', 'row-by-row', [GONE, GONE, GONE]);
    // One utterance a batch.
    const overrides = ['epochs=1', `data.train=[${manifest}]`, 'batches.framesPerBatch=32'];
    const { steps, metrics } = await trainedRun('row-by-row', overrides);
    expect([steps.length, steps[steps.length - 1].step, metrics[0].step]).toEqual([24, 24, 24]);
    expect(metrics[0].leftOut).toEqual({ AUR_AUDIO_MISSING: 3 });
  });

  it('end a run whose audio went away, and leave its checkpoint as it is', async () => {
    const corpus = join(folder, 'unmounted');
    await writeToneCorpus(corpus);
    const overrides = ['epochs=1', `data.train=[${corpus}/train.jsonl]`];
    const { run } = await trainedRun('before', overrides);
    const state = await newestState(run);
    await rename(corpus, `${corpus}-gone`);
    await mkdir(corpus);
    await cp(`${corpus}-gone/train.jsonl`, `${corpus}/train.jsonl`);
    await cp(join(run, 'checkpoints'), join(runOf('again'), 'checkpoints'), { recursive: true });
    await rewindEpoch(join(runOf('again'), 'checkpoints'));
    await expect(trainedRun('again', overrides, { resume: true })).rejects.toMatchObject({
      code: 'AUR_TRAIN_NO_DATA',
      message: expect.stringContaining('24 AUR_AUDIO_MISSING'),
    });
    expect(await newestState(runOf('again'))).toEqual(state);
  });

  it('end the run before it begins where nothing else is left, and the folder is free again', async () => {
    const manifest = join(folder, 'nothing.jsonl');
    await writeFile(manifest, `${JSON.stringify({ audio_filepath: 'gone.wav', duration: 1, text: 'lo' })}\n`);
    for (const split of ['train', 'dev'])
      await expect(trainedRun('nothing', [`data.${split}=[${manifest}]`])).rejects.toMatchObject({
        code: 'AUR_TRAIN_NO_DATA',
        message: expect.stringContaining('1 AUR_AUDIO_MISSING'),
      });
    expect(await readdir(runOf('nothing'))).not.toContain('lock');
  });
});

describe('a gradient that is not finite', () => {
  it('is not applied but counted, and the run goes on', async () => {
    poisonSteps((step) => step === 2 || step === 4);
    const { run, steps, metrics } = await trainedRun('poisoned', ['epochs=2']);
    const applied = steps.map((s) => s.applied);
    expect(applied).toEqual(steps.map((_, i) => i !== 1 && i !== 3));
    expect(metrics[metrics.length - 1].skippedSteps).toBe(2);
    const state = await newestState(run);
    expect(state.step).toBe(steps.length - 2);
    expectFinite(state);
  });

  it('ends the run when it comes twenty times in a row', async () => {
    poisonSteps((step) => step > 3);
    await expect(trainedRun('diverged', ['epochs=2', 'batches.framesPerBatch=128'])).rejects.toMatchObject({
      code: 'AUR_TRAIN_DIVERGED',
      message: expect.stringMatching(/step 3: 20 steps in a row .* optimiser\.learningRate \(now 0\.003\)/),
    });
    expectFinite(await newestState(runOf('diverged')));
    expect(await readdir(runOf('diverged'))).not.toContain('lock');
  });

  it('does not end the run when a sound one comes in between', async () => {
    poisonSteps((step) => step !== 20 && step < 40);
    const { steps } = await trainedRun('almost', ['epochs=2', 'batches.framesPerBatch=128']);
    expect(steps.filter((s) => !s.applied)).toHaveLength(38);
  });

  it('is named as the cause where an epoch ends before twenty', async () => {
    const overrides = ['optimiser.learningRate=1e30', 'optimiser.warmupSteps=0'];
    await expect(trainedRun('exploded', overrides)).rejects.toMatchObject({
      code: 'AUR_TRAIN_DIVERGED',
      message: expect.stringContaining('optimiser.learningRate (now 1e+30)'),
    });
  });
});

describe('the end of an epoch', () => {
  it('logs the dev error rate of the averaged weights', async () => {
    const { run, config, metrics, events, steps } = await trainedRun('epochs', ['averageBest=1']);
    expect(metrics.map((m) => m.epoch)).toEqual([1, 2, 3, 4]);
    let best = Number.POSITIVE_INFINITY;
    for (const record of metrics) {
      expect(record.best).toBe(record.wordErrorRate <= best);
      best = Math.min(best, record.wordErrorRate);
    }
    for (const { waitedMs, tookMs } of steps) expect([waitedMs >= 0, tookMs > waitedMs]).toEqual([true, true]);
    const told = events.filter((e): e is EpochEvent => e.kind === 'epoch');
    expect(told).toEqual(metrics.map(({ time, ...record }) => record));
    for (const { epoch, trainLoss } of metrics) {
      const losses = steps.filter((step) => step.epoch === epoch - 1).map(({ loss }) => loss);
      expect(trainLoss).toBeCloseTo(losses.reduce((a, b) => a + b) / losses.length, 12);
    }
    expect(events[events.length - 1]).toMatchObject({ kind: 'done', bestErrorRate: best });
    const page = await readFile(join(run, 'run.html'), 'utf8');
    for (const part of ['"state done"', 'dev-3.wav', '<svg']) expect(page).toContain(part);
    expect(events.filter(({ kind }) => kind === 'warning')).toEqual([]);

    const kept = await loadCheckpoint(join(run, 'checkpoints', 'best.safetensors'));
    const bestRecord = metrics.findLast((m) => m.best)!;
    expect(kept.state.step).toBe(bestRecord.step);
    const { evaluateChunk } = config;
    const [streaming, whole] = await evaluateCheckpoint(join(run, 'checkpoints', 'best.safetensors'), [
      evaluateChunk,
      'full',
    ]);
    expect([streaming.chunk, whole.chunk, whole.texts.length]).toEqual([evaluateChunk, 'full', streaming.texts.length]);
    const { words, characters } = streaming;
    expect([words.rate, characters.rate, words.exact, words.utterances]).toEqual([
      bestRecord.wordErrorRate,
      bestRecord.characterErrorRate,
      bestRecord.exact,
      bestRecord.utterances,
    ]);
  });

  it('keeps the best, the later of equals, when the dev error rate gets worse again', async () => {
    hearEachEpoch(['', 'lo', 'lo', '']);
    const { run, metrics } = await trainedRun('worse', []);
    expect(metrics.map((m) => m.best)).toEqual([true, true, true, false]);
    const [, , third, fourth] = metrics;
    expect(third.wordErrorRate).toBeLessThan(fourth.wordErrorRate);
    const best = await loadCheckpoint(join(run, 'checkpoints', 'best.safetensors'));
    expect([best.state.step, best.progress.bestErrorRate]).toEqual([third.step, third.wordErrorRate]);
  });
});

describe('a feature cache', () => {
  it('of other settings is refused before anything is trained', async () => {
    const cache = `data.featureCache={ folder: ${join(folder, 'cache')}, epochs: 1 }`;
    await trainedRun('cached', ['epochs=1', cache]);
    const events: TrainEvent[] = [];
    const config = await readTrainConfig(recipe, ['epochs=1', cache, 'seed=2']);
    const run = runOf('other-cache');
    await expect(train(config, run, { resume: false, onEvent: (e) => events.push(e) })).rejects.toMatchObject({
      code: 'AUR_CACHE_VERSION',
      message: expect.stringContaining(join(folder, 'cache')),
    });
    expect(events).toEqual([]);
    expect(await readdir(run)).toEqual([]);
  });
});

describe('a run that is asked to stop', () => {
  it('saves where it stands, and has the same weights and metrics at its end as one that was not', async () => {
    const overrides = ['epochs=2', await withInfeasible(new Array(12).fill(GONE))];
    const whole = await trainedRun('whole', overrides);
    const stop = new AbortController();
    const run = runOf('stopped');
    const config = await readTrainConfig(recipe, overrides);
    await train(config, run, {
      resume: false,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === 'step' && event.step === 4) stop.abort();
      },
    });
    const saved = (await newestCheckpoint(join(run, 'checkpoints')))!;
    expect(saved.state.step).toBe(4);
    const lost = saved.progress.leftOut.AUR_AUDIO_MISSING;
    expect([lost > 0, lost < 12]).toEqual([true, true]);
    expect(await readdir(run)).not.toContain('lock');
    const resumed = await trainedRun('stopped', overrides, { resume: true });
    expect(resumed.steps[0].step).toBe(5);
    expect(await newestState(run)).toEqual(await newestState(whole.run));
    expect(withoutTimes(resumed.metrics)).toEqual(withoutTimes(whole.metrics));
    expect(resumed.metrics.map(({ leftOut }) => leftOut)).toEqual([
      { AUR_AUDIO_MISSING: 12 },
      { AUR_AUDIO_MISSING: 12 },
    ]);
  });

  it('has nothing left to do once it has ended', async () => {
    const { run, metrics } = await trainedRun('ended', ['epochs=1']);
    const state = await newestState(run);
    const again = await trainedRun('ended', ['epochs=1'], { resume: true });
    expect(again.steps).toEqual([]);
    expect(again.metrics).toEqual(metrics);
    expect(await newestState(run)).toEqual(state);
  });
});

describe('steps of several batches', () => {
  it('are as many as the groups that the batches make, and go on in the middle of an epoch', async () => {
    const single = await trainedRun('single', ['epochs=2']);
    const overrides = ['epochs=2', 'batches.accumulate=2', 'checkpointSteps=1'];
    const grouped = await trainedRun('grouped', overrides);
    const perEpoch = (of: StepEvent[], epoch: number) => of.filter((step) => step.epoch === epoch).length;
    for (const epoch of [0, 1])
      expect(perEpoch(grouped.steps, epoch)).toBe(Math.ceil(perEpoch(single.steps, epoch) / 2));
    const stop = new AbortController();
    await train(await readTrainConfig(recipe, overrides), runOf('grouped-cut'), {
      resume: false,
      signal: stop.signal,
      onEvent: (event) => event.kind === 'step' && event.step === 2 && stop.abort(),
    });
    const resumed = await trainedRun('grouped-cut', overrides, { resume: true });
    expect(resumed.steps[0].step).toBe(3);
    expect(await newestState(resumed.run)).toEqual(await newestState(grouped.run));
  });
});

describe('every option at once', () => {
  const options = [
    'model={ width: 32, blocks: 2, heads: 2, feedForward: 2, convolution: 5, leftContext: 8, intermediate: [1], selfConditioned: true }',
    'batches.chunks=[4, 8, full]',
    'loss={ intermediateWeight: 0.3, consistencyWeight: 0.2, consistencyWarmup: 5, labelSmoothing: 0.05 }',
    'regularisation={ dropout: 0.1, stochasticDepth: 0.1 }',
    'augment.steps=[{ kind: speed }, { kind: specAugment }]',
    'optimiser.schedule=noam',
  ];
  it('learns, and is the same after a stop', async () => {
    const whole = await trainedRun('everything', ['epochs=6', ...options]);
    const lossOf = (epoch: number) => {
      const losses = whole.steps.filter((step) => step.epoch === epoch).map((step) => step.loss);
      return losses.reduce((a, b) => a + b, 0) / losses.length;
    };
    expect(lossOf(5)).toBeLessThan(0.7 * lossOf(0));
    const stop = new AbortController();
    await train(await readTrainConfig(recipe, ['epochs=6', ...options]), runOf('everything-cut'), {
      resume: false,
      signal: stop.signal,
      onEvent: (event) => event.kind === 'step' && event.step === 7 && stop.abort(),
    });
    const resumed = await trainedRun('everything-cut', ['epochs=6', ...options], { resume: true });
    expect(await newestState(resumed.run)).toEqual(await newestState(whole.run));
  });
});

describe('the end of a run', () => {
  it('comes early when the dev error rate has not improved for as many epochs as the recipe waits', async () => {
    hearEachEpoch(['lo', '', '', '', '']);
    const { events, config } = await trainedRun('patient', ['epochs=5', 'patience=2', 'averageBest=1']);
    const epochs = events.filter((event) => event.kind === 'epoch').map(({ epoch, best }) => [epoch, best]);
    expect(epochs).toEqual([
      [1, true],
      [2, false],
      [3, false],
    ]);
    expect(events.at(-1)).toMatchObject({ kind: 'done', stoppedEarly: true });
    // And it stays ended.
    const again: TrainEvent[] = [];
    await train(config, runOf('patient'), { resume: true, onEvent: (event) => again.push(event) });
    expect(again.filter((event) => event.kind === 'step')).toEqual([]);
  });

  it('takes the next best epochs into a mean with the best, each only where that is better', async () => {
    const { run, events, metrics } = await trainedRun('averaged', ['epochs=4', 'averageBest=3']);
    const averaged = events.filter((event) => event.kind === 'averaged');
    expect(averaged).toHaveLength(2);
    let best = Math.min(...metrics.map((m) => m.wordErrorRate));
    let taken = 1;
    for (const { epochs, kept, wordErrorRate } of averaged) {
      expect(epochs).toHaveLength(taken + 1);
      expect(kept).toBe(wordErrorRate < best);
      if (kept) [best, taken] = [wordErrorRate, epochs.length];
    }
    const kept = await loadCheckpoint(join(run, 'checkpoints', 'best.safetensors'));
    expect(kept.progress.bestErrorRate).toBe(best);
    expect(events.at(-1)).toMatchObject({ kind: 'done', bestErrorRate: kept.progress.bestErrorRate });
  });
});

describe('a disk that is full', () => {
  it('does not end the run between epochs, and is named', async () => {
    const run = runOf('full');
    // What is written there finds no space left, as on a full disk.
    const partial = join(run, 'checkpoints', `step-00000003.safetensors.${process.pid}.partial`);
    const events: TrainEvent[] = [];
    await train(await readTrainConfig(recipe, ['epochs=1']), run, {
      resume: false,
      onEvent: (event) => {
        if (event.kind === 'start') symlinkSync('/dev/full', partial);
        events.push(event);
      },
    });
    expect(events.filter((event) => event.kind === 'unsaved')).toEqual([
      { kind: 'unsaved', step: 3, reason: expect.stringMatching(/AUR_CHECKPOINT_WRITE|step-00000003.*(ENOSPC|space)/) },
    ]);
    expect(await metricsOf(run)).toHaveLength(1);
    expect((await readdir(join(run, 'checkpoints'))).filter((file) => file.endsWith('.partial'))).toEqual([]);
  });
});

describe('stored features', () => {
  it('are learned from as audio is', async () => {
    const random = new Random(5);
    for (const split of ['train', 'dev']) {
      const lines = [];
      for (let i = 0; i < 12; i++) {
        const words = Array.from({ length: random.integer(1, 2) }, () => (random.uniform() < 0.5 ? 'lo' : 'hi'));
        // A word is 30 frames of one value, after 20 of another.
        const rows = words.flatMap((word) => [...new Array(20).fill(0), ...new Array(30).fill(word === 'lo' ? -1 : 1)]);
        const values = Float32Array.from(rows.flatMap((v) => [v, v * v, random.normal() / 10]));
        const name = `${split}-${i}.npy`;
        await writeFile(join(folder, name), npyBytes(values, 3));
        lines.push({ features_filepath: name, duration: rows.length / 100, text: words.join(' ') });
      }
      const manifest = join(folder, `stored-${split}.jsonl`);
      await writeFile(manifest, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    }
    const { run, metrics } = await trainedRun('stored', [
      'epochs=25',
      `data={ features: stored, train: [${folder}/stored-train.jsonl], dev: [${folder}/stored-dev.jsonl] }`,
      'model.melBins=3',
      'augment.steps=[{ kind: stretch }]',
    ]);
    expect(Math.min(...metrics.map((m) => m.characterErrorRate))).toBeLessThan(0.3);
    const checkpoint = await loadCheckpoint(join(run, 'checkpoints', 'best.safetensors'));
    await expect(exportBundle(checkpoint, join(run, 'bundle'), { chunk: 4, int8: false })).rejects.toMatchObject({
      code: 'AUR_EXPORT_FEATURES',
    });
  });
});

/** NumPy's format, version 1. */
function npyBytes(values: Float32Array, columns: number): Uint8Array {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${values.length / columns}, ${columns}), }`;
  const header = `${dictionary.padEnd(117)}\n`;
  const bytes = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([header.length & 255, header.length >> 8]),
    Buffer.from(header),
    Buffer.from(values.buffer),
  ]);
  return bytes;
}
