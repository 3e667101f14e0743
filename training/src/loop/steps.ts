/** Batches go in as they are loaded, groups of them that make one step come out. */
import { addCounts } from '../data/corpus.js';
import type { LoadedBatch } from '../data/loader-thread.js';
import type { TrainingBatch } from '../engine/engine.js';

export interface StepBatches {
  /** those that hold something to learn from: a step on nothing would still let the weights decay */
  batches: TrainingBatch[];
  /** batches taken from the loader */
  loaded: number;
  /** of speech */
  seconds: number;
  /** for the loader */
  waitedMs: number;
  /** examples that could not be made: error code -> count */
  leftOut: Record<string, number>;
}

/** @param accumulate batches a step; an epoch's last may have fewer */
export async function* stepsOf(loaded: AsyncIterable<LoadedBatch>, accumulate: number): AsyncGenerator<StepBatches> {
  const none = (): StepBatches => ({ batches: [], loaded: 0, seconds: 0, waitedMs: 0, leftOut: {} });
  let step = none();
  let asked = performance.now();
  for await (const { made, leftOut } of loaded) {
    step.waitedMs += performance.now() - asked;
    step.loaded++;
    step.leftOut = addCounts(step.leftOut, leftOut);
    step.seconds += made.seconds;
    if (made.batch.frameLengths.some((frames) => frames > 0)) step.batches.push(made.batch);
    if (step.loaded === accumulate) {
      yield step;
      step = none();
    }
    asked = performance.now();
  }
  if (step.loaded > 0) yield step;
}
