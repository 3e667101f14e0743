/** Corpora, settings and checkpoints that are not what a run hopes for. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { Random } from '@auricle/datasets';
import { newestCheckpoint, readTrainConfig, saveCheckpoint, type TrainEvent, train } from '@auricle/training';
import { readSafetensors, writeSafetensors } from '@auricle/training/loop/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toneSamples, writeToneCorpus } from '../../fixtures/tone-corpus.js';

const SPOKEN = { audio_filepath: 'spoken.wav', text: 'lo hi' };
const SILENT = { audio_filepath: 'silent.wav', text: 'lo' };
const EMPTY = { audio_filepath: 'empty.wav', text: 'lo' };
const WORDLESS = { audio_filepath: 'spoken.wav', text: '' };

let folder: string;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-bad-'));
  recipe = await writeToneCorpus(folder);
  const sounds = {
    spoken: toneSamples(['lo', 'hi'], new Random(3)),
    silent: new Float32Array(8000),
    empty: new Float32Array(0),
  };
  for (const [name, samples] of Object.entries(sounds))
    await writeFile(join(folder, `${name}.wav`), encodeWav({ samples, sampleRate: 16_000 }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let runs = 0;
async function trained(trainLines: object[], devLines: object[], overrides: string[] = []) {
  const run = join(folder, `run-${runs++}`);
  const manifests = [];
  for (const [split, lines] of Object.entries({ train: trainLines, dev: devLines })) {
    const manifest = join(folder, `${runs}-${split}.jsonl`);
    await writeFile(manifest, lines.map((line) => `${JSON.stringify({ duration: 0.5, ...line })}\n`).join(''));
    manifests.push(`data.${split}=[${manifest}]`);
  }
  const config = await readTrainConfig(recipe, ['epochs=2', 'averageBest=1', ...manifests, ...overrides]);
  const events: TrainEvent[] = [];
  await train(config, run, { resume: false, onEvent: (event) => events.push(event) });
  const steps = events.filter((event) => event.kind === 'step');
  const start = events.find((event) => event.kind === 'start')!;
  const metrics = (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const { loss, applied } of steps) expect([Number.isFinite(loss), applied]).toEqual([true, true]);
  return { run, steps, start, metrics };
}

describe('a corpus', () => {
  it('of one utterance is learned from, in a batch of few rows', async () => {
    const { steps, start } = await trained([SPOKEN], [SPOKEN]);
    expect([steps.length, start.shapes.length]).toEqual([2, 1]);
    expect(start.shapes[0].rows).toBeLessThanOrEqual(2);
    expect(steps[1].loss).toBeLessThan(steps[0].loss);
  });

  it('that is smaller than a batch makes one of its own size', async () => {
    const { steps, start } = await trained(
      [SPOKEN, SPOKEN, SPOKEN, SPOKEN],
      [SPOKEN],
      ['batches.framesPerBatch=1000000000'],
    );
    expect(steps).toHaveLength(2);
    expect(start.shapes.map(({ rows }) => rows)).toEqual([5]);
  });

  it('makes batches of two views of an odd number of frames', async () => {
    const overrides = ['batches.framesPerBatch=513', 'loss.consistencyWeight=0.2'];
    expect((await trained([SPOKEN, SPOKEN], [SPOKEN], overrides)).steps.length).toBeGreaterThan(0);
  });

  it('may hold silent recordings, and empty ones, which are counted', async () => {
    const { metrics } = await trained([SPOKEN, SILENT, EMPTY], [SPOKEN, SILENT, EMPTY]);
    expect(metrics[1]).toMatchObject({
      leftOut: { AUR_AUDIO_EMPTY: 1 },
      devLeftOut: { AUR_AUDIO_EMPTY: 1 },
      utterances: 2,
    });
  });

  it('of silence alone is refused', async () => {
    await expect(trained([SILENT, { ...SILENT, text: 'hi' }], [SPOKEN])).rejects.toMatchObject({
      code: 'AUR_TRAIN_SILENT',
      message: expect.stringMatching(/train\.jsonl: holds nothing but digital silence/),
    });
  });

  it('may hold utterances without words, but not these alone', async () => {
    const { metrics } = await trained([SPOKEN, WORDLESS], [WORDLESS]);
    expect(metrics[1].wordErrorRate).toBeGreaterThanOrEqual(0);
    for (const vocabulary of ['characters', 'words'])
      await expect(trained([WORDLESS], [SPOKEN], [`vocabulary=${vocabulary}`])).rejects.toMatchObject({
        code: 'AUR_TRAIN_VOCABULARY',
        message: `${vocabulary}: cannot be the vocabulary: no training text holds a word`,
      });
  });

  it('is left out where its vocabulary lacks a character, and ends the run where nothing is left', async () => {
    const tokens = join(folder, 'tokens.txt');
    await writeFile(tokens, '<blk> 0\n▁ 1\nl 2\no 3\n');
    const low = { ...SPOKEN, text: 'lo' };
    const { metrics } = await trained([low, SPOKEN, SPOKEN], [low], [`vocabulary=${tokens}`]);
    expect(metrics[1].leftOut).toEqual({ AUR_DECODING_UNKNOWN_SYMBOL: 2 });
    await expect(trained([SPOKEN], [low], [`vocabulary=${tokens}`])).rejects.toMatchObject({
      code: 'AUR_TRAIN_NO_DATA',
      message: expect.stringContaining('1 AUR_DECODING_UNKNOWN_SYMBOL'),
    });
  });
});

describe('a checkpoint', () => {
  let sound: string;
  beforeAll(async () => {
    sound = (await trained([SPOKEN], [SPOKEN])).run;
  });

  /** A run whose only checkpoint is the sound one, changed. */
  async function changed(name: string, change: (path: string) => Promise<void>): Promise<string> {
    const checkpoints = join(folder, name, 'checkpoints');
    await mkdir(checkpoints, { recursive: true });
    const path = join(checkpoints, 'step-00000002.safetensors');
    await copyFile(join(sound, 'checkpoints/step-00000002.safetensors'), path);
    await change(path);
    return join(folder, name);
  }

  const resumed = async (run: string) => train(await readTrainConfig(recipe), run, { resume: true });

  async function rewrite(path: string, metadata: Record<string, string>): Promise<void> {
    const { tensors, metadata: before } = await readSafetensors(path);
    await writeSafetensors(path, tensors, { ...before, ...metadata });
  }

  it('of another version is named, with both versions', async () => {
    const run = await changed('version', (path) => rewrite(path, { version: '99' }));
    await expect(resumed(run)).rejects.toMatchObject({
      code: 'AUR_CHECKPOINT_VERSION',
      message: expect.stringMatching(/step-00000002\.safetensors: checkpoint version 99, expected 1/),
    });
  });

  it('of other settings than this version knows is named, with what can be done', async () => {
    const run = await changed('settings', (path) => rewrite(path, { config: '{"name":"x","tempo":3}' }));
    await expect(resumed(run)).rejects.toMatchObject({
      code: 'AUR_CHECKPOINT_SETTINGS',
      message: expect.stringMatching(/step-00000002\.safetensors: .*start\.from.*tempo/s),
    });
  });

  it('of another shape than its network is damaged', async () => {
    const run = await changed('shape', async (path) => {
      const checkpoint = (await newestCheckpoint(join(path, '..')))!;
      const state = { ...checkpoint.state, firstMoment: checkpoint.state.firstMoment.slice(3) };
      await saveCheckpoint(path, { ...checkpoint, state });
    });
    await expect(resumed(run)).rejects.toMatchObject({
      code: 'AUR_CHECKPOINT_DAMAGED',
      message: expect.stringMatching(/firstMoment has \d+ numbers: expected \d+/),
    });
  });

  it('whose tokens are not as many as its outputs is damaged', async () => {
    const run = await changed('tokens', (path) => rewrite(path, { tokens: '<blk> 0\na 1\n' }));
    await expect(resumed(run)).rejects.toMatchObject({
      code: 'AUR_CHECKPOINT_DAMAGED',
      message: expect.stringContaining('it has 2 tokens: expected 6'),
    });
  });

  it('of which a word besides the weights was altered is damaged', async () => {
    const run = await changed('word', async (path) => {
      const bytes = await readFile(path);
      const at = bytes.indexOf('epochs');
      bytes[bytes.indexOf(':', at) + 1] ^= 1;
      await writeFile(path, bytes);
    });
    await expect(resumed(run)).rejects.toMatchObject({ code: 'AUR_CHECKPOINT_DAMAGED' });
  });

  it('that a killed process left half written is taken away when the run goes on', async () => {
    const { config } = (await newestCheckpoint(join(sound, 'checkpoints')))!;
    const left = join(sound, 'checkpoints/step-00000003.safetensors.4711.partial');
    await writeFile(left, 'half');
    await train(config, sound, { resume: true });
    expect(await readdir(join(sound, 'checkpoints'))).toEqual([
      'best.safetensors',
      'candidate-00002.safetensors',
      'step-00000001.safetensors',
      'step-00000002.safetensors',
    ]);
  });
});
