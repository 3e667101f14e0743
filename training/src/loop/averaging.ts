/** The weights of an epoch go in, those of the best few are kept; the mean of these comes out. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from './safetensors.js';

/** An epoch whose weights are kept. */
export interface Candidate {
  epoch: number;
  errorRate: number;
}

const fileOf = (folder: string, { epoch }: Candidate) =>
  join(folder, `candidate-${String(epoch).padStart(5, '0')}.safetensors`);

/** Keeps the weights if they are among the `most` best.
 *  @returns the candidates now, best first */
export async function keepCandidate(
  folder: string,
  before: readonly Candidate[],
  now: Candidate,
  weights: Float32Array,
  most: number,
): Promise<Candidate[]> {
  // Of equals the later one has learned more.
  const ranked = [now, ...before.filter(({ epoch }) => epoch !== now.epoch)].sort((a, b) => a.errorRate - b.errorRate);
  const kept = ranked.slice(0, most);
  await mkdir(folder, { recursive: true });
  if (kept.includes(now)) await writeSafetensors(fileOf(folder, now), { weights }, {});
  await Promise.all(ranked.slice(most).map((dropped) => rm(fileOf(folder, dropped), { force: true })));
  return kept;
}

/** Mean of the candidates' weights (as icefall and ESPnet average checkpoints), summed in double precision.
 *  @throws AUR_CHECKPOINT_MISSING, AUR_CHECKPOINT_DAMAGED */
export async function averageOf(folder: string, candidates: readonly Candidate[]): Promise<Float32Array> {
  let sum: Float64Array | undefined;
  for (const candidate of candidates) {
    const { weights } = (await readSafetensors(fileOf(folder, candidate))).tensors;
    sum ??= new Float64Array(weights.length);
    for (let i = 0; i < weights.length; i++) sum[i] += weights[i];
  }
  return Float32Array.from(sum ?? [], (v) => v / candidates.length);
}
