/** A real run that is killed at random moments, threads and all, and goes on each time. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FSWatcher, watch } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Random } from '@auricle/datasets';
import { loadCheckpoint, newestCheckpoint, readTrainConfig, train } from '@auricle/training';
import { readSafetensors } from '@auricle/training/loop/safetensors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../fixtures/tone-corpus.js';

const AURICLE = resolve(import.meta.dirname, '../../cli/bin/auricle.js');
/** AURICLE_KILLS and AURICLE_KILL_SEED choose others. */
const KILLS = Number(process.env.AURICLE_KILLS ?? 30);
const SEED = Number(process.env.AURICLE_KILL_SEED ?? 1);
/** A process is killed after so many changes that it makes to files, at most: some fourteen a checkpoint. */
const MOST_CHANGES = 40;
/** Then so many turns of this process's event loop later, at most, so that kills also come between the changes. */
const MOST_TURNS = 3000;

let folder: string;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-kill-'));
  recipe = await writeToneCorpus(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const settingsOf = (name: string) => [
  'epochs=20',
  'checkpointSteps=1',
  'averageBest=3',
  'batches.accumulate=2',
  'model={ width: 32, blocks: 2, heads: 2, feedForward: 2, convolution: 5, leftContext: 8, intermediate: [1], selfConditioned: true }',
  'regularisation={ dropout: 0.1, stochasticDepth: 0.1 }',
  'loss.consistencyWeight=0.2',
  'augment.steps=[{ kind: speed }, { kind: specAugment }]',
  `data.featureCache={ folder: ${join(folder, name)}-cache, epochs: 4 }`,
];

/** Runs until it has changed files `changes` times, and kills it without warning `turns` turns later.
 *  @returns false when it ended by itself before */
async function runAndKill(name: string, changes: number, turns: number): Promise<boolean> {
  const run = join(folder, name);
  const set = settingsOf(name).flatMap((setting) => ['--set', setting]);
  const command = [AURICLE, 'train', recipe, '--run', run, '--resume', '--loader-threads', '2', ...set];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (text) => {
    complaint += text;
  });
  const watchers: FSWatcher[] = [];
  const enough = new Promise<void>((done) => {
    let seen = 0;
    const count = () => ++seen === changes && done();
    for (const watched of [run, join(run, 'checkpoints'), `${run}-cache`]) watchers.push(watch(watched, count));
  });
  const exited = once(child, 'close') as Promise<[number | null]>;
  const ended = await Promise.race([enough, exited]);
  for (const watcher of watchers) watcher.close();
  if (ended) {
    expect([ended[0], complaint]).toEqual([0, '']);
    return false;
  }
  for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
  child.kill('SIGKILL');
  await exited;
  return true;
}

/** Reads every file of a run but for what was not finished.
 *  @returns how many of these there are */
async function readEverything(run: string): Promise<number> {
  const checkpoints = join(run, 'checkpoints');
  const files = await readdir(checkpoints);
  for (const file of files) {
    if (file.endsWith('.partial')) continue;
    const path = join(checkpoints, file);
    if (file.startsWith('candidate-')) await readSafetensors(path);
    else await loadCheckpoint(path);
  }
  const metrics = await readFile(join(run, 'metrics.jsonl'), 'utf8').catch(() => '');
  for (const line of metrics.split('\n')) if (line !== '') JSON.parse(line);
  return files.filter((file) => file.endsWith('.partial')).length;
}

describe(`a run that is killed ${KILLS} times`, () => {
  it('ends with the weights of one that is not, bit for bit, and no file of it is ever unreadable', async () => {
    const config = await readTrainConfig(recipe, settingsOf('whole'));
    await train(config, join(folder, 'whole'), { resume: false });

    const random = new Random(SEED);
    const run = join(folder, 'killed');
    for (const made of [join(run, 'checkpoints'), `${run}-cache`]) await mkdir(made, { recursive: true });
    const stood: number[] = [];
    let unfinished = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const killed = await runAndKill('killed', random.integer(1, MOST_CHANGES), random.integer(0, MOST_TURNS));
      expect(killed, `ended after ${kill} kills: too short a run for this seed`).toBe(true);
      unfinished += await readEverything(run);
      stood.push((await newestCheckpoint(join(run, 'checkpoints')))?.state.step ?? 0);
    }
    process.stdout.write(`steps at the kills: ${stood.join(' ')}; files cut while they were written: ${unfinished}\n`);
    expect(await runAndKill('killed', Number.POSITIVE_INFINITY, 0)).toBe(false);
    expect(await readEverything(run)).toBe(0);

    const [whole, killed] = [join(folder, 'whole'), run].map((of) => join(of, 'checkpoints'));
    expect((await readdir(killed)).sort()).toEqual((await readdir(whole)).sort());
    for (const file of await readdir(whole)) {
      const [expected, found] = [await readSafetensors(join(whole, file)), await readSafetensors(join(killed, file))];
      expect(Object.keys(found.tensors)).toEqual(Object.keys(expected.tensors));
      for (const [tensor, values] of Object.entries(expected.tensors))
        expect(
          Buffer.compare(
            Buffer.from(
              found.tensors[tensor].buffer,
              found.tensors[tensor].byteOffset,
              found.tensors[tensor].byteLength,
            ),
            Buffer.from(values.buffer, values.byteOffset, values.byteLength),
          ),
          `${file} ${tensor}`,
        ).toBe(0);
      const [progress, wanted] = [found, expected].map(({ metadata }) => JSON.parse(metadata.progress ?? 'null'));
      expect(progress).toEqual(wanted);
    }
  });
});
