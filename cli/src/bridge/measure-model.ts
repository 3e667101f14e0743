/** A bundle goes in, what its model costs to load and to run comes out: measured in a process of its own, as a server's thread would run it. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Precision } from '@auricle/bundle';

export interface ModelCost {
  /** from the file to the first result, wall time, ms */
  startMs: number;
  /** that the process grew by, model and a batch of 16 included, bytes */
  memoryBytes: number;
  /** processor time of a run, ms: least of some rounds, by streams in the batch */
  runMs: Record<number, number>;
}

/** Of one stream, and of a busy server. */
export const BATCHES = [1, 16];

const PROCESS = fileURLToPath(new URL('./measure-process.js', import.meta.url));

/** Rounds over all models, so that what else runs on the machine meets all alike.
 *  @returns in the order of the models; the least of each figure */
export async function measureModels(
  models: readonly { dir: string; precision: Precision }[],
  rounds: number,
): Promise<ModelCost[]> {
  const least: (ModelCost | undefined)[] = models.map(() => undefined);
  for (let round = 0; round < rounds; round++)
    for (const [i, { dir, precision }] of models.entries()) {
      const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, dir, precision, BATCHES.join(',')]);
      const cost = JSON.parse(stdout) as ModelCost;
      const before = least[i];
      least[i] = before
        ? {
            startMs: Math.min(before.startMs, cost.startMs),
            memoryBytes: Math.min(before.memoryBytes, cost.memoryBytes),
            runMs: Object.fromEntries(BATCHES.map((n) => [n, Math.min(before.runMs[n], cost.runMs[n])])),
          }
        : cost;
    }
  return least.map((cost) => cost!);
}
