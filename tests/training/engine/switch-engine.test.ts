import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newestCheckpoint, readTrainConfig, train } from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';
import { relativeDifference } from '../tracing/compare.js';
import { ENGINES } from './engines.js';

const missing = ENGINES.find(({ name }) => name === 'tensorflow on cpu')!.missing;

let folder: string;
let recipe: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-switch-'));
  recipe = await writeToneCorpus(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const weightsOf = async (run: string) => {
  const { state } = (await newestCheckpoint(join(run, 'checkpoints')))!;
  return { weights: { shape: [state.weights.length], values: state.weights } };
};

describe('a run that changes its engine', () => {
  it.skipIf(missing)('goes on from its checkpoint as it would have without the change', async () => {
    const settings = ['epochs=2', 'averageBest=1', 'optimiser.epsilon=0.001'];
    const whole = join(folder, 'whole');
    await train(await readTrainConfig(recipe, settings), whole, { resume: false });

    const run = join(folder, 'changed');
    const stop = new AbortController();
    await train(await readTrainConfig(recipe, settings), run, {
      resume: false,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === 'step' && event.step === 4) stop.abort();
      },
    });
    const before = await weightsOf(run);
    const steps: number[] = [];
    await train(await readTrainConfig(recipe, [...settings, 'engine.kind=tensorflow']), run, {
      resume: true,
      onEvent: (event) => {
        if (event.kind === 'step') steps.push(event.step);
      },
    });
    const after = (await newestCheckpoint(join(run, 'checkpoints')))!;
    expect(after.config.engine).toEqual({ kind: 'tensorflow', provider: 'cpu', precision: 'float32' });
    expect([steps[0], steps.at(-1)]).toEqual([5, after.state.step]);
    expect(relativeDifference(await weightsOf(run), await weightsOf(whole))).toBeLessThanOrEqual(1e-3);
    expect(relativeDifference(before, await weightsOf(whole))).toBeGreaterThan(1e-2);
  });
});
