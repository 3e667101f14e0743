/** Planned examples go in, plans of batches of few different shapes come out; examples go in, a padded batch comes out. */
import { forkSeed, planBuckets, Random } from '@auricle/datasets';
import type { TrainingBatch } from '../engine/engine.js';
import { frameMultiple, type TrainConfig } from '../loop/config.js';
import { type Example, type ExamplePlan, encoderFrames, isFeasible, SILENCE } from './example.js';

/** The padded shape of a bucket's batches. */
export interface BucketShape {
  frames: number;
  rows: number;
  labelSlots: number;
  melBins: number;
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
    return { frames, rows: batchSize, labelSlots: Math.ceil((most * 1.25) / 8) * 8, melBins: config.model.melBins };
  });
}

export interface BatchPlan {
  shape: BucketShape;
  chunk: number;
  examples: ExamplePlan[];
}

/** Deals an epoch's examples into batches and shuffles them.
 *  @returns the batches, how many examples no shape holds, and how many of the batches' examples have labels that do not fit */
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
  const infeasible = batches.flatMap((b) => b.examples).filter((plan) => !isFeasible(plan)).length;
  return { batches: random.shuffle(batches), tooLong, infeasible };
}

/** Pads examples to a shape; rows without one, or whose labels do not fit their frames, are empty.
 *  @param examples undefined where one could not be made */
export function packBatch(
  shape: BucketShape,
  chunk: number,
  examples: readonly (Example | undefined)[],
): TrainingBatch {
  const { rows, frames: slots, labelSlots, melBins } = shape;
  const batch: TrainingBatch = {
    features: new Float32Array(rows * slots * melBins).fill(SILENCE),
    frameLengths: new Int32Array(rows),
    labels: new Int32Array(rows * labelSlots),
    labelLengths: new Int32Array(rows),
    chunk,
  };
  examples.forEach((example, row) => {
    if (!example) return;
    batch.features.set(example.features, row * slots * melBins);
    if (!isFeasible(example)) return;
    batch.frameLengths[row] = encoderFrames(example.frames);
    batch.labels.set(example.labels, row * labelSlots);
    batch.labelLengths[row] = example.labels.length;
  });
  return batch;
}
