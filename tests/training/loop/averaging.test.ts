import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { averageOf, type Candidate, keepCandidate } from '@auricle/training/loop/averaging';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-averaging-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Epochs of these error rates, one after the other, each with weights of its number. */
async function keepAll(errorRates: readonly number[], most: number): Promise<Candidate[]> {
  let candidates: Candidate[] = [];
  for (const [i, errorRate] of errorRates.entries())
    candidates = await keepCandidate(
      folder,
      candidates,
      { epoch: i + 1, errorRate },
      Float32Array.of(i + 1, 10 * (i + 1)),
      most,
    );
  return candidates;
}

describe('the candidates for averaging', () => {
  it('are the epochs of least error, of equals the later, and no file of others stays', async () => {
    const kept = await keepAll([0.5, 0.2, 0.4, 0.2, 0.9], 3);
    expect(kept.map(({ epoch }) => epoch)).toEqual([4, 2, 3]);
    expect((await readdir(folder)).sort()).toEqual([
      'candidate-00002.safetensors',
      'candidate-00003.safetensors',
      'candidate-00004.safetensors',
    ]);
  });

  it('average to the mean of their weights', async () => {
    const kept = await keepAll([0.5, 0.2, 0.4], 2);
    expect([...(await averageOf(folder, kept))]).toEqual([2.5, 25]);
  });

  it('are the same when an epoch is learned again after a crash', async () => {
    const kept = await keepAll([0.5, 0.2], 2);
    const again = await keepCandidate(folder, kept, { epoch: 2, errorRate: 0.2 }, Float32Array.of(2, 20), 2);
    expect(again).toEqual(kept);
    expect([...(await averageOf(folder, again))]).toEqual([1.5, 15]);
  });

  it('are missed by name', async () => {
    const kept = await keepAll([0.5, 0.2], 2);
    await rm(join(folder, 'candidate-00001.safetensors'));
    await expect(averageOf(folder, kept)).rejects.toMatchObject({
      code: 'AUR_CHECKPOINT_MISSING',
      message: expect.stringContaining('candidate-00001'),
    });
  });
});
