/** A checkpoint goes in, a smaller network's comes out: some parts are cut, the rest learns to do without, and again. */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { initialState } from '../engine/engine.js';
import { type Checkpoint, loadCheckpoint, saveCheckpoint, startOfRun } from '../loop/checkpoint.js';
import { checkTrainConfig } from '../loop/config.js';
import type { TrainEvent } from '../loop/events.js';
import { train } from '../loop/train.js';
import { parameterCount, parameterSpecs } from '../model/config.js';
import { chooseParts } from './choose.js';
import { cutNetwork } from './cut.js';
import { measureImportance } from './importance.js';
import { multiplyAdds } from './structure.js';

/** Attention chunks that multiply-adds are counted for (320 ms). */
export const COUNTED_CHUNK = 8;

export interface PruneOptions {
  /** share of the multiply-adds that is left in the end */
  share: number;
  /** cuts, with fine-tuning after each */
  rounds: number;
  /** of fine-tuning after each cut */
  epochs: number;
  /** of fine-tuning, at its peak */
  learningRate: number;
  /** the whole network teaches the cut one, where the recipe names no other teacher */
  distil: boolean;
  loaderThreads?: number;
  signal?: AbortSignal;
  /** before the fine-tuning of a round */
  onCut?: (round: number, cut: PrunedSizes) => void;
  /** of fine-tuning */
  onEvent?: (event: TrainEvent, round: number) => void;
}

export interface PrunedSizes {
  parameters: number;
  /** an encoder frame */
  multiplyAdds: number;
  blocks: number;
}

export const sizesOf = ({ spec }: Pick<Checkpoint, 'spec'>): PrunedSizes => ({
  parameters: parameterCount(parameterSpecs(spec)),
  multiplyAdds: multiplyAdds(spec, COUNTED_CHUNK),
  blocks: spec.config.blocks,
});

/** Cuts in equal ratios. Each round is a run of its own below `folder`, where the whole network is kept too, as a teacher.
 *  @returns the path of the last round's best checkpoint, undefined when it was stopped before that */
export async function pruneInRounds(
  checkpoint: Checkpoint,
  folder: string,
  options: PruneOptions,
): Promise<string | undefined> {
  const { share, rounds, epochs, learningRate, distil, loaderThreads, signal, onCut, onEvent } = options;
  const full = multiplyAdds(checkpoint.spec, COUNTED_CHUNK);
  const whole = join(folder, 'whole.safetensors');
  await savePruned(whole, checkpoint);
  let current = checkpoint;
  let path: string | undefined;
  for (let round = 1; round <= rounds; round++) {
    const budget = full * share ** (round / rounds);
    const kept = chooseParts(current.spec, await measureImportance(current), budget, COUNTED_CHUNK);
    const cut = cutCheckpoint(current, kept);
    onCut?.(round, sizesOf(cut));
    const run = join(folder, `round-${round}`);
    await mkdir(run, { recursive: true });
    const start = join(run, 'cut.safetensors');
    await saveCheckpoint(start, cut);
    const { config } = checkpoint;
    const settings = checkTrainConfig(
      {
        ...config,
        name: `${config.name}-round-${round}`,
        epochs,
        model: cut.spec.config,
        start: { from: start },
        distil: config.distil ?? (distil ? { from: whole } : undefined),
        augment: { ...config.augment, rampEpochs: 0 },
        optimiser: { ...config.optimiser, learningRate, warmupSteps: Math.min(config.optimiser.warmupSteps, 100) },
        patience: undefined,
      },
      `the recipe of round ${round}`,
    );
    await train(settings, run, { resume: false, loaderThreads, signal, onEvent: (event) => onEvent?.(event, round) });
    if (signal?.aborted) return undefined;
    path = join(run, 'checkpoints/best.safetensors');
    current = await loadCheckpoint(path);
  }
  return path;
}

/** A checkpoint from which a run can start. */
function cutCheckpoint(checkpoint: Checkpoint, kept: Parameters<typeof cutNetwork>[1]): Checkpoint {
  const { spec, vectors } = cutNetwork(checkpoint.spec, kept, [checkpoint.state.average]);
  const [weights] = vectors;
  return {
    ...checkpoint,
    spec,
    config: { ...checkpoint.config, model: spec.config },
    progress: startOfRun(),
    state: initialState(weights),
  };
}

/** Saves a checkpoint from which a run can start in a folder that need not be there. */
export async function savePruned(path: string, checkpoint: Checkpoint): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await saveCheckpoint(path, { ...checkpoint, progress: startOfRun() });
}
