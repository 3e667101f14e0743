/** Planned examples go in, padded batches of few different shapes come out. */
import { forkSeed, planBuckets, Random } from '@auricle/datasets';
import type { TrainingBatch } from '../engine/engine.js';
import { frameMultiple, type TrainConfig } from '../loop/config.js';
import { ctcFeasible } from '../operators/ctc-loss.js';
import type { Recording } from './corpus.js';
import { type Example, type ExamplePlan, encoderFrames, makeExample, SILENCE } from './example.js';

/** The padded shape of a bucket's batches. */
export interface BucketShape {
  frames: number;
  rows: number;
  labelSlots: number;
}

/** Shapes for all epochs of a run, from the plan of one: labels get room to vary. */
export function bucketShapes(config: TrainConfig, plans: readonly ExamplePlan[]): BucketShape[] {
  const buckets = planBuckets(
    plans.map((p) => p.frames),
    {
      buckets: config.batches.buckets,
      framesPerBatch: config.batches.framesPerBatch,
      multipleOf: frameMultiple(config),
    },
  );
  return buckets.map(({ frames, batchSize, members }) => {
    const most = members.reduce((m, i) => Math.max(m, plans[i].labels.length), 1);
    return { frames, rows: batchSize, labelSlots: Math.ceil((most * 1.25) / 8) * 8 };
  });
}

export interface BatchPlan {
  shape: BucketShape;
  chunk: number;
  examples: ExamplePlan[];
}

/** Deals an epoch's examples into batches and shuffles them.
 *  @returns the batches, how many examples no shape holds, and how many in the batches have labels that do not fit */
export function planBatches(
  config: TrainConfig,
  shapes: readonly BucketShape[],
  plans: readonly ExamplePlan[],
  epoch: number,
) {
  const members: ExamplePlan[][] = shapes.map(() => []);
  let tooLong = 0;
  for (const plan of plans) {
    const at = shapes.findIndex((s) => plan.frames <= s.frames && plan.labels.length <= s.labelSlots);
    if (at < 0) tooLong++;
    else members[at].push(plan);
  }
  const random = new Random(forkSeed(config.seed, epoch, -1));
  const batches: BatchPlan[] = shapes.flatMap((shape, i) =>
    Array.from({ length: Math.ceil(members[i].length / shape.rows) }, (_, j) => ({
      shape,
      chunk: config.batches.chunks[random.integer(0, config.batches.chunks.length - 1)],
      examples: members[i].slice(j * shape.rows, (j + 1) * shape.rows),
    })),
  );
  const dealt = batches.flatMap((b) => b.examples);
  const infeasible = dealt.filter((p) => !ctcFeasible(p.labels, encoderFrames(p.frames))).length;
  return { batches: random.shuffle(batches), tooLong, infeasible };
}

export function makeBatch(config: TrainConfig, recordings: readonly Recording[], plan: BatchPlan) {
  const examples = plan.examples.map((p) => makeExample(config, recordings, p));
  return packBatch(config, plan.shape, plan.chunk, examples);
}

/** Pads examples to a shape; rows without one, or whose labels do not fit their frames, are empty. */
export function packBatch(config: TrainConfig, shape: BucketShape, chunk: number, examples: readonly Example[]) {
  const { melBins } = config.model;
  const batch: TrainingBatch = {
    features: new Float32Array(shape.rows * shape.frames * melBins).fill(SILENCE),
    frameLengths: new Int32Array(shape.rows),
    labels: new Int32Array(shape.rows * shape.labelSlots),
    labelLengths: new Int32Array(shape.rows),
    chunk,
  };
  examples.forEach(({ features, frames, labels, feasible }, row) => {
    batch.features.set(features, row * shape.frames * melBins);
    if (!feasible) return;
    batch.frameLengths[row] = encoderFrames(frames);
    batch.labels.set(labels, row * shape.labelSlots);
    batch.labelLengths[row] = labels.length;
  });
  return { batch, seconds: examples.reduce((sum, e) => sum + e.frames / 100, 0) };
}
