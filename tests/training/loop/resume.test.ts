import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newestCheckpoint, readTrainConfig, train } from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

const AURICLE = join(import.meta.dirname, '../../../cli/dist/main.js');

let folder: string;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-resume-'));
  recipe = await writeToneCorpus(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** All records of a run, without what differs from one run to another of the same steps. */
async function metricsOf(run: string): Promise<object[]> {
  const text = await readFile(join(run, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { time, seconds, speed, waitedShare, evaluationMs, ...record } = JSON.parse(line);
      return record;
    });
}

const finalState = async (run: string) => (await newestCheckpoint(join(run, 'checkpoints')))!.state;

/** Trains in a process of its own and kills it without warning as soon as `checkpoints` more checkpoints than before are there. */
async function trainAndKill(run: string, checkpoints: number, overrides: readonly string[]): Promise<void> {
  const set = overrides.flatMap((override) => ['--set', override]);
  const command = [AURICLE, 'train', recipe, '--run', run, '--resume', ...set];
  const child = spawn(process.execPath, command, { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const saved = async () => {
    const files = await readdir(join(run, 'checkpoints')).catch(() => []);
    return files.filter((file) => /^step-\d+\.safetensors$/.test(file));
  };
  const seen = new Set(await saved());
  const before = seen.size;
  while (child.exitCode === null && seen.size < before + checkpoints) {
    for (const file of await saved()) seen.add(file);
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.kill('SIGKILL');
  await exited;
}

describe('a run that is killed', () => {
  const everyStep = () => ['logSteps=1'];
  const cached = (run: string) => [
    'logSteps=1',
    'augment.steps=[{ kind: speed }, { kind: specAugment }]',
    `data.featureCache={ folder: ${join(folder, run)}-cache, epochs: 2 }`,
  ];
  it.each([
    ['without a feature cache', '', everyStep],
    ['with a feature cache that it half filled', '-cached', cached],
  ])(
    'ends with the same weights, bit for bit, and the same metrics as one that is not, %s',
    async (_, name, overridesOf) => {
      const [whole, cut] = [`whole${name}`, `cut${name}`];
      await train(await readTrainConfig(recipe, overridesOf(whole)), join(folder, whole), { resume: false });
      await trainAndKill(join(folder, cut), 1, overridesOf(cut));
      await trainAndKill(join(folder, cut), 1, overridesOf(cut));
      const before = (await newestCheckpoint(join(folder, cut, 'checkpoints')))!.progress;
      await train(await readTrainConfig(recipe, overridesOf(cut)), join(folder, cut), { resume: true });
      const [expected, resumed] = [await finalState(join(folder, whole)), await finalState(join(folder, cut))];
      expect(before.epoch).toBeLessThan(4);
      expect(resumed.step).toBe(expected.step);
      for (const part of ['weights', 'firstMoment', 'secondMoment', 'average'] as const)
        expect(Buffer.compare(Buffer.from(resumed[part].buffer), Buffer.from(expected[part].buffer)), part).toBe(0);
      const metrics = await metricsOf(join(folder, cut));
      expect(metrics).toEqual(await metricsOf(join(folder, whole)));
      expect(metrics).toHaveLength(expected.step + 4);
    },
  );

  it('goes on from the checkpoint before a damaged one', async () => {
    const run = join(folder, 'whole');
    const files = (await readdir(join(run, 'checkpoints'))).filter((f) => f.startsWith('step-')).sort();
    await truncate(join(run, 'checkpoints', files[files.length - 1]), 5000);
    const newest = await newestCheckpoint(join(run, 'checkpoints'));
    await truncate(join(run, 'checkpoints', files[files.length - 1]), 0);
    expect(`step-${String(newest!.state.step).padStart(8, '0')}.safetensors`).toBe(files[files.length - 2]);
  });

  it('is not begun anew when none of its checkpoints is sound: that is for its owner to decide', async () => {
    const run = join(folder, 'damaged');
    const config = await readTrainConfig(recipe, ['epochs=1']);
    await train(config, run, { resume: false });
    const files = (await readdir(join(run, 'checkpoints'))).filter((f) => f.startsWith('step-'));
    for (const file of files) await truncate(join(run, 'checkpoints', file), 5000);
    await expect(train(config, run, { resume: true })).rejects.toMatchObject({
      code: 'AUR_CHECKPOINT_DAMAGED',
      message: expect.stringContaining(files.sort().at(-1)!),
    });
  });

  it('is not trained over by accident, nor with other settings, nor by two processes', async () => {
    const run = join(folder, 'cut');
    const config = await readTrainConfig(recipe, everyStep());
    await expect(train(config, run, { resume: false })).rejects.toMatchObject({ code: 'AUR_TRAIN_RUN_EXISTS' });
    const changed = await readTrainConfig(recipe, [...everyStep(), 'optimiser.learningRate=0.1']);
    await expect(train(changed, run, { resume: true })).rejects.toMatchObject({
      code: 'AUR_TRAIN_RUN_CHANGED',
      message: expect.stringContaining('optimiser.learningRate'),
    });
    const child = spawn(process.execPath, [AURICLE, 'train', recipe, '--run', join(folder, 'busy')], {
      stdio: 'ignore',
    });
    const lock = join(folder, 'busy');
    while (!(await readdir(lock).catch((): string[] => [])).includes('lock'))
      await new Promise((resolve) => setImmediate(resolve));
    await expect(train(config, lock, { resume: true })).rejects.toMatchObject({ code: 'AUR_TRAIN_RUN_BUSY' });
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
});

describe('a run that is interrupted from the terminal', () => {
  it('saves where it stands and ends, threads and all', async () => {
    const run = join(folder, 'interrupted');
    const endless = ['--set', 'epochs=1000', 'checkpointSteps=100000'];
    const child = spawn(process.execPath, [AURICLE, 'train', recipe, '--run', run, ...endless]);
    let output = '';
    child.stdout.on('data', (text) => {
      // The first line comes when training begins.
      if (output === '') child.kill('SIGINT');
      output += text;
    });
    const [code, signal] = await once(child, 'close');
    expect([code, signal, output]).toEqual([0, null, expect.stringContaining('stopped; go on with --resume')]);
    const { state, progress } = (await newestCheckpoint(join(run, 'checkpoints')))!;
    expect([state.step > 0, progress.batch > 0 || progress.epoch > 0]).toEqual([true, true]);
    expect(await readdir(run)).not.toContain('lock');
  });
});
