import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises';
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

const finalState = async (run: string) => (await newestCheckpoint(join(run, 'checkpoints')))!.state;

/** Trains in a process of its own and kills it without warning as soon as `checkpoints` more checkpoints than before are there. */
async function trainAndKill(run: string, checkpoints: number): Promise<void> {
  const child = spawn(process.execPath, [AURICLE, 'train', recipe, '--run', run, '--resume'], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  const seen = new Set(await readdir(join(run, 'checkpoints')).catch(() => []));
  const before = seen.size;
  while (child.exitCode === null && seen.size < before + checkpoints) {
    for (const file of await readdir(join(run, 'checkpoints')).catch(() => []))
      if (file.startsWith('step-')) seen.add(file);
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.kill('SIGKILL');
  await exited;
}

describe('a run that is killed', () => {
  it('ends with the same weights, bit for bit, as one that is not', async () => {
    const whole = join(folder, 'whole');
    await train(await readTrainConfig(recipe), whole, { resume: false });
    const cut = join(folder, 'cut');
    await trainAndKill(cut, 1);
    await trainAndKill(cut, 1);
    await train(await readTrainConfig(recipe), cut, { resume: true });
    const [expected, resumed] = [await finalState(whole), await finalState(cut)];
    expect(resumed.step).toBe(expected.step);
    for (const part of ['weights', 'firstMoment', 'secondMoment', 'average'] as const)
      expect(Buffer.compare(Buffer.from(resumed[part].buffer), Buffer.from(expected[part].buffer)), part).toBe(0);
  });

  it('goes on from the checkpoint before a damaged one', async () => {
    const run = join(folder, 'whole');
    const files = (await readdir(join(run, 'checkpoints'))).filter((f) => f.startsWith('step-')).sort();
    await truncate(join(run, 'checkpoints', files[files.length - 1]), 5000);
    const newest = await newestCheckpoint(join(run, 'checkpoints'));
    expect(`step-${String(newest!.state.step).padStart(8, '0')}.safetensors`).toBe(files[files.length - 2]);
  });

  it('is not trained over by accident, nor with other settings, nor by two processes', async () => {
    const run = join(folder, 'cut');
    const config = await readTrainConfig(recipe);
    await expect(train(config, run, { resume: false })).rejects.toMatchObject({ code: 'AUR_TRAIN_RUN_EXISTS' });
    const changed = await readTrainConfig(recipe, ['optimiser.learningRate=0.1']);
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
