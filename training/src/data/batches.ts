/** Planned examples go in, plans of batches of few different shapes come out; examples go in, a padded batch comes out. */
import { forkSeed, planBuckets, Random } from '@auricle/datasets';
import type { TrainingBatch } from '../engine/engine.js';
import { frameMultiple, type TrainConfig } from '../loop/config.js';
import { type Example, type ExamplePlan, encoderFrames, isFeasible, repeatLastFrame, SILENCE } from './example.js';

/** The padded shape of a bucket's batches. */
export interface BucketShape {
  frames: number;
  rows: number;
  labelSlots: number;
  melBins: number;
  /** feature frames that make an encoder frame */
  subsampling: number;
  /** what a row shorter than `frames` is filled with; stored features know no silence */
  padding: 'silence' | 'lastFrame';
}

/** Views of each example: consistency regularisation compares two. */
export const viewsOf = ({ loss }: TrainConfig): 1 | 2 => (loss.consistencyWeight > 0 ? 2 : 1);

export const paddingOf = ({ data }: TrainConfig): BucketShape['padding'] =>
  data.features === 'stored' ? 'lastFrame' : 'silence';

/** Other epochs' buckets may have so many times the examples, and so many times the labels. */
const ROOM = 1.25;

/** Shapes for all epochs of a run, from the plan of one. A batch has no more rows than its bucket could fill. */
export function bucketShapes(config: TrainConfig, plans: readonly ExamplePlan[]): BucketShape[] {
  const buckets = planBuckets(
    plans.map((p) => p.frames),
    {
      buckets: config.batches.buckets,
      framesPerBatch: Math.max(1, Math.floor(config.batches.framesPerBatch / viewsOf(config))),
      multipleOf: frameMultiple(config),
    },
  );
  return buckets.map(({ frames, batchSize, members }) => {
    const most = members.reduce((m, i) => Math.max(m, plans[i].labels.length), 1);
    return {
      frames,
      rows: Math.min(batchSize, Math.ceil(ROOM * members.length)) * viewsOf(config),
      labelSlots: Math.ceil((most * ROOM) / 8) * 8,
      melBins: config.model.melBins,
      subsampling: config.model.subsampling,
      padding: paddingOf(config),
    };
  });
}

export interface BatchPlan {
  shape: BucketShape;
  /** encoder frames */
  chunk: number;
  views: 1 | 2;
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
  const views = viewsOf(config);
  const { chunks } = config.batches;
  const drawChunk = ({ frames, subsampling }: BucketShape) => {
    const chunk = chunks[random.integer(0, chunks.length - 1)];
    return chunk === 'full' ? frames / subsampling : chunk;
  };
  const batches: BatchPlan[] = shapes.flatMap((shape, i) =>
    Array.from({ length: Math.ceil(members[i].length / (shape.rows / views)) }, (_, j) => ({
      shape,
      chunk: drawChunk(shape),
      views,
      examples: members[i].slice((j * shape.rows) / views, ((j + 1) * shape.rows) / views),
    })),
  );
  const infeasible = batches
    .flatMap((b) => b.examples)
    .filter((plan) => !isFeasible(plan, config.model.subsampling)).length;
  return { batches: random.shuffle(batches), tooLong, infeasible };
}

/** Pads examples to a shape; rows without one, or whose labels do not fit their frames, are empty.
 *  @param examples undefined where one could not be made
 *  @param views 2: the second half of the rows holds their second views */
export function packBatch(
  shape: BucketShape,
  chunk: number,
  examples: readonly (Example | undefined)[],
  views: 1 | 2 = 1,
): TrainingBatch {
  const { rows, frames: slots, labelSlots, melBins, subsampling, padding } = shape;
  const batch: TrainingBatch = {
    features: new Float32Array(rows * slots * melBins).fill(SILENCE),
    frameLengths: new Int32Array(rows),
    labels: new Int32Array(rows * labelSlots),
    labelLengths: new Int32Array(rows),
    chunk,
    views,
  };
  const put = (example: Example, features: Float32Array, row: number) => {
    const slot = batch.features.subarray(row * slots * melBins, (row + 1) * slots * melBins);
    slot.set(features);
    if (padding === 'lastFrame') repeatLastFrame(slot, features.length, melBins);
    if (!isFeasible(example, subsampling)) return;
    batch.frameLengths[row] = encoderFrames(example.frames, subsampling);
    batch.labels.set(example.labels, row * labelSlots);
    batch.labelLengths[row] = example.labels.length;
  };
  examples.forEach((example, i) => {
    if (!example) return;
    put(example, example.features, i);
    if (views === 2) put(example, example.secondView ?? example.features, rows / 2 + i);
  });
  return batch;
}
