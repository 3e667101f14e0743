/** A thread of the example loader: plans go in, padded batches or single examples come out. */
import { inTurn } from '@auricle/audio/in-turn';
import { FeatureCache } from '@auricle/datasets';
import { move, Piscina, workerData } from 'piscina';
import type { TrainingBatch } from '../engine/engine.js';
import { type BatchPlan, packBatch } from './batches.js';
import { codeOf, count } from './corpus.js';
import { type Example, type ExamplePlan, FRAMES_PER_SECOND, makeExample } from './example.js';
import type { LoaderSetup } from './loader.js';

export interface Made<T> {
  made: T;
  /** examples that could not be made: error code -> count */
  leftOut: Record<string, number>;
}
export type LoadedBatch = Made<{ batch: TrainingBatch; seconds: number }>;

const setup = workerData as LoaderSetup;

/** Several batches wait here at a time; the first is wanted first. */
const oneAtATime = inTurn();

/** Two runs may share a folder; a writer's name must be its own. */
const writer = `${process.pid}-${crypto.randomUUID()}`;
const opened: { cache?: FeatureCache; round: number } = { round: -1 };

/** Opened anew each round, it knows what the other threads have written. */
function cacheOfRound(round: number): FeatureCache | undefined {
  if (setup.cache && round > opened.round) {
    opened.cache?.close();
    opened.cache = new FeatureCache(setup.cache.folder, writer, setup.cache.version);
    opened.round = round;
  }
  return opened.cache;
}

/** @returns undefined in the place of what could not be made */
async function tryExamples(
  plans: readonly ExamplePlan[],
  cache?: FeatureCache,
): Promise<Made<(Example | undefined)[]>> {
  const leftOut: Record<string, number> = {};
  const made: (Example | undefined)[] = [];
  for (const plan of plans) {
    try {
      made.push(await makeExample(plan, { pools: setup.pools, cache }));
    } catch (error) {
      count(leftOut, codeOf(error));
      made.push(undefined);
    }
  }
  return { made, leftOut };
}

export const makeExamples = (plans: readonly ExamplePlan[]) => oneAtATime(() => tryExamples(plans));

/** @param round grows from one epoch's batches to the next's */
export const makeBatch = ({ plan, round }: { plan: BatchPlan; round: number }): Promise<LoadedBatch> =>
  oneAtATime(async () => {
    const { made, leftOut } = await tryExamples(plan.examples, cacheOfRound(round));
    const batch = packBatch(plan.shape, plan.chunk, made, plan.views);
    const frames = made.reduce((sum, example) => sum + (example?.frames ?? 0), 0);
    const loaded: LoadedBatch = { made: { batch, seconds: frames / FRAMES_PER_SECOND }, leftOut };
    // A batch's megabytes move to the main thread, uncopied; what arrives there is `loaded`.
    return move({
      [Piscina.valueSymbol]: loaded,
      [Piscina.transferableSymbol]: [batch.features.buffer],
    } as never) as never;
  });
