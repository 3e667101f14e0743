import { checkTrainConfig } from '@auricle/training';
import { bucketShapes, makeBatch, packBatch, planBatches } from '@auricle/training/data/batches';
import type { Recording } from '@auricle/training/data/corpus';
import { makeExample, planEpoch, SILENCE } from '@auricle/training/data/example';
import { describe, expect, it } from 'vitest';

const config = checkTrainConfig(
  {
    name: 'test',
    epochs: 10,
    seed: 3,
    data: { train: ['a'], dev: ['b'] },
    model: { leftContext: 16 },
    batches: { buckets: 3, framesPerBatch: 1000, chunks: [4, 8] },
    augment: { joinUtterances: { maximum: 3 } },
  },
  'test',
);

/** Tones of many lengths; the labels name the recording. */
const recordings: Recording[] = Array.from({ length: 40 }, (_, i) => ({
  utterance: { audio_filepath: `${i}.wav`, duration: 1, text: '' },
  samples: Int16Array.from({ length: 3000 + 700 * i }, (_, t) => 9000 * Math.sin(t * 0.1)),
  labels: [i + 2],
}));
const SPACE = 1;

describe('an epoch', () => {
  const plans = planEpoch(config, recordings, 4, SPACE);
  const shapes = bucketShapes(config, plans);

  it('uses every recording once', () => {
    const { batches, tooLong, infeasible } = planBatches(config, shapes, plans, 4);
    const used = batches.flatMap((b) => b.examples.flatMap((e) => e.pieces.map((p) => p.recording)));
    expect([tooLong, infeasible]).toEqual([0, 0]);
    expect(used.sort((a, b) => a - b)).toEqual(recordings.map((_, i) => i));
  });

  it('joins utterances with a space between their labels', () => {
    const joined = plans.find((p) => p.pieces.length === 3)!;
    const [a, b, c] = joined.pieces.map((p) => p.recording + 2);
    expect(joined.labels).toEqual([a, SPACE, b, SPACE, c]);
  });

  it('knows the length of every example before it is made', () => {
    for (const plan of plans) expect(makeExample(config, recordings, plan).frames).toBe(plan.frames);
  });

  it('is the same for the same seed and another for the next epoch', () => {
    const batchesOf = (epoch: number) =>
      planBatches(config, shapes, planEpoch(config, recordings, epoch, SPACE), epoch).batches.map((b) =>
        makeBatch(config, recordings, b),
      );
    expect(batchesOf(4)).toEqual(batchesOf(4));
    expect(batchesOf(4)).not.toEqual(batchesOf(5));
  });

  it('has batches of the planned shapes only, with chunks from the recipe', () => {
    for (const plan of planBatches(config, shapes, plans, 4).batches) {
      const { batch } = makeBatch(config, recordings, plan);
      expect(config.batches.chunks).toContain(batch.chunk);
      expect(batch.features.length).toBe(plan.shape.rows * plan.shape.frames * 80);
      expect(plan.shape.frames % (4 * 8)).toBe(0);
      expect(batch.labels.length).toBe(plan.shape.rows * plan.shape.labelSlots);
    }
  });
});

describe('packBatch', () => {
  const shape = { frames: 32, rows: 3, labelSlots: 8 };
  const example = (frames: number, labels: number[], feasible: boolean) => ({
    features: new Float32Array(frames * 80).fill(1),
    frames,
    labels,
    feasible,
  });

  it('pads with digital silence and leaves unused rows empty', () => {
    const { batch } = packBatch(config, shape, 4, [example(10, [5, 6], true)]);
    expect([...batch.frameLengths]).toEqual([3, 0, 0]);
    expect([...batch.labelLengths]).toEqual([2, 0, 0]);
    expect(batch.features[10 * 80 - 1]).toBe(1);
    expect(batch.features[10 * 80]).toBeCloseTo(SILENCE);
  });

  it('learns nothing from an example whose labels do not fit', () => {
    const { batch } = packBatch(config, shape, 4, [example(8, [5, 5, 5], false), example(20, [7], true)]);
    expect([...batch.frameLengths]).toEqual([0, 5, 0]);
    expect([...batch.labelLengths]).toEqual([0, 1, 0]);
  });
});
