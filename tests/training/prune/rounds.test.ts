import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  exportBundle,
  loadCheckpoint,
  type PrunedSizes,
  pruneInRounds,
  readTrainConfig,
  sizesOf,
  train,
} from '@auricle/training';
import { measureImportance } from '@auricle/training/prune/importance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-prune-'));
  const recipe = await writeToneCorpus(folder);
  await train(await readTrainConfig(recipe, ['epochs=40', 'seed=2', 'model.blocks=2']), join(folder, 'run'), {
    resume: false,
  });
  path = join(folder, 'run/checkpoints/best.safetensors');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('pruning in rounds', () => {
  it('gives a network of two thirds of the multiply-adds that hears what the whole one did', async () => {
    const whole = await loadCheckpoint(path);
    const cuts: PrunedSizes[] = [];
    const rates: number[] = [];
    const pruned = await pruneInRounds(whole, join(folder, 'pruned'), {
      share: 0.66,
      rounds: 2,
      epochs: 20,
      learningRate: 0.003,
      distil: true,
      onCut: (_, sizes) => cuts.push(sizes),
      onEvent: (event) => event.kind === 'epoch' && rates.push(event.wordErrorRate),
    });
    const before = sizesOf(whole).multiplyAdds;
    expect(cuts.map(({ multiplyAdds }) => multiplyAdds / before)).toEqual([
      expect.closeTo(0.81, 1),
      expect.closeTo(0.66, 1),
    ]);
    expect(rates).toHaveLength(40);
    const smaller = await loadCheckpoint(pruned!);
    expect(sizesOf(smaller)).toEqual(cuts[1]);
    expect(smaller.progress.bestErrorRate).toBeLessThanOrEqual(whole.progress.bestErrorRate! + 0.2);
    const exported = await exportBundle(smaller, join(folder, 'bundle'), { chunk: 4, int8: false });
    const full = await exportBundle(whole, join(folder, 'full'), { chunk: 4, int8: false });
    expect(exported.files['model.onnx']).toBeLessThan(0.9 * full.files['model.onnx']);
  });
});

describe('importance', () => {
  it('is more for a part with weights than for one without effect', async () => {
    const whole = await loadCheckpoint(path);
    const { parts, blocks } = await measureImportance(whole);
    expect(blocks.every((worth) => worth >= 0)).toBe(true);
    const worths = parts.flatMap((block) => Object.values(block).flatMap((values) => [...values]));
    expect(worths.every((worth) => worth >= 0 && Number.isFinite(worth))).toBe(true);
    expect(Math.max(...worths)).toBeGreaterThan(0);
  });
});
