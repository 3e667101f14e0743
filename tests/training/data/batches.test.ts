import { checkTrainConfig } from '@auricle/training';
import { bucketShapes, packBatch, planBatches } from '@auricle/training/data/batches';
import type { Recording } from '@auricle/training/data/corpus';
import { type ExamplePlan, planEpoch, SILENCE } from '@auricle/training/data/example';
import { describe, expect, it } from 'vitest';

const MEL_BINS = 80;
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

/** Many lengths; the labels name the recording. */
const recordings: Recording[] = Array.from({ length: 40 }, (_, i) => ({
  manifest: 'a',
  utterance: { audio_filepath: `${i}.wav`, duration: (3000 + 700 * i) / 16_000, text: '' },
  samples: 3000 + 700 * i,
  labels: [i + 2],
}));
const SPACE = 1;
const nameOf = ({ recording }: ExamplePlan['pieces'][number]) =>
  recordings.findIndex((r) => r.utterance === recording.utterance);

describe('an epoch', () => {
  const plans = planEpoch(config, recordings, 4, SPACE);
  const shapes = bucketShapes(config, plans);

  it('uses every recording once', () => {
    const { batches, tooLong, infeasible } = planBatches(config, shapes, plans, 4);
    const used = batches.flatMap((b) => b.examples.flatMap((e) => e.pieces.map(nameOf)));
    expect([tooLong, infeasible]).toEqual([0, 0]);
    expect(used.sort((a, b) => a - b)).toEqual(recordings.map((_, i) => i));
  });

  it('joins utterances with a space between their labels', () => {
    const joined = plans.find((p) => p.pieces.length === 3)!;
    const [a, b, c] = joined.pieces.map((p) => nameOf(p) + 2);
    expect(joined.labels).toEqual([a, SPACE, b, SPACE, c]);
  });

  it('is the same for the same seed and another for the next epoch', () => {
    const batchesOf = (epoch: number) =>
      planBatches(config, shapes, planEpoch(config, recordings, epoch, SPACE), epoch).batches;
    expect(batchesOf(4)).toEqual(batchesOf(4));
    expect(batchesOf(4)).not.toEqual(batchesOf(5));
  });

  it('has batches of the planned shapes only, with chunks from the recipe', () => {
    for (const { shape, chunk, examples } of planBatches(config, shapes, plans, 4).batches) {
      const made = examples.map(({ frames, labels }) => ({
        features: new Float32Array(frames * MEL_BINS),
        frames,
        labels,
      }));
      const batch = packBatch(shape, chunk, made);
      expect(config.batches.chunks).toContain(batch.chunk);
      expect(batch.features.length).toBe(shape.rows * shape.frames * MEL_BINS);
      expect(shape.frames % (4 * 8)).toBe(0);
      expect(batch.labels.length).toBe(shape.rows * shape.labelSlots);
    }
  });

  it('counts what no batch has room for, and labels that do not fit their frames', () => {
    const long = { ...plans[0], frames: Math.max(...shapes.map((s) => s.frames)) + 1 };
    const crowded = { ...plans[1], labels: new Array(Math.max(...shapes.map((s) => s.labelSlots)) + 1).fill(2) };
    const repeated = { ...plans[2], frames: 8, labels: [2, 2] };
    const { batches, tooLong, infeasible } = planBatches(config, shapes, [long, crowded, repeated, plans[3]], 4);
    expect([tooLong, infeasible]).toEqual([2, 1]);
    expect(batches.flatMap((b) => b.examples)).toHaveLength(2);
  });
});

describe('packBatch', () => {
  const shape = { frames: 32, rows: 3, labelSlots: 8, melBins: MEL_BINS, subsampling: 4, padding: 'silence' as const };
  const example = (frames: number, labels: number[], value = 1) => ({
    features: new Float32Array(frames * MEL_BINS).fill(value),
    frames,
    labels,
  });

  it('pads with digital silence and leaves unused rows empty', () => {
    const batch = packBatch(shape, 4, [example(10, [5, 6])]);
    expect([...batch.frameLengths]).toEqual([3, 0, 0]);
    expect([...batch.labelLengths]).toEqual([2, 0, 0]);
    expect(batch.features[10 * MEL_BINS - 1]).toBe(1);
    expect(batch.features[10 * MEL_BINS]).toBeCloseTo(SILENCE);
  });

  it('learns nothing from an example whose labels do not fit', () => {
    const batch = packBatch(shape, 4, [example(8, [5, 5, 5]), example(20, [7])]);
    expect([...batch.frameLengths]).toEqual([0, 5, 0]);
    expect([...batch.labelLengths]).toEqual([0, 1, 0]);
  });

  it('leaves the row empty of what could not be made, and the others where they are', () => {
    const [before, after] = [example(10, [5], 1), example(20, [7], 2)];
    const whole = packBatch(shape, 4, [before, example(15, [6]), after]);
    const holed = packBatch(shape, 4, [before, undefined, after]);
    expect([...holed.frameLengths]).toEqual([3, 0, 5]);
    expect([...holed.labelLengths]).toEqual([1, 0, 1]);
    const row = (batch: typeof whole, i: number) =>
      batch.features.subarray(i * shape.frames * MEL_BINS, (i + 1) * shape.frames * MEL_BINS);
    for (const i of [0, 2]) expect(row(holed, i)).toEqual(row(whole, i));
    expect(row(holed, 1).every((v) => v === Math.fround(SILENCE))).toBe(true);
  });
});

describe('batches of two views', () => {
  const twice = checkTrainConfig({ ...config, loss: { consistencyWeight: 0.2 } }, 'test');
  const plans = planEpoch(twice, recordings, 4, SPACE);
  const shapes = bucketShapes(twice, plans);

  it('hold half as many examples, each recording once, masked in two ways', () => {
    const { batches } = planBatches(twice, shapes, plans, 4);
    const used = batches.flatMap((b) => b.examples.flatMap((e) => e.pieces.map(nameOf)));
    expect(used.sort((a, b) => a - b)).toEqual(recordings.map((_, i) => i));
    for (const { views, shape, examples } of batches) {
      expect(views).toBe(2);
      expect(examples.length).toBeLessThanOrEqual(shape.rows / 2);
      expect(shape.rows * shape.frames).toBeLessThanOrEqual(Math.max(1000, 2 * shape.frames));
    }
    for (const { masks, secondMasks } of plans) expect(secondMasks).not.toEqual(masks);
  });

  it('have the second views in the second half of the rows, with the same labels', () => {
    const shape = {
      frames: 32,
      rows: 4,
      labelSlots: 2,
      melBins: MEL_BINS,
      subsampling: 4,
      padding: 'silence' as const,
    };
    const of = (value: number) => new Float32Array(20 * MEL_BINS).fill(value);
    const examples = [1, 2].map((value) => ({
      features: of(value),
      secondView: of(10 * value),
      frames: 20,
      labels: [value],
    }));
    const batch = packBatch(shape, 8, examples, 2);
    const firstOf = (row: number) => batch.features[row * 32 * MEL_BINS];
    expect([0, 1, 2, 3].map(firstOf)).toEqual([1, 2, 10, 20]);
    expect([...batch.labels]).toEqual([1, 0, 2, 0, 1, 0, 2, 0]);
    expect([...batch.frameLengths]).toEqual([5, 5, 5, 5]);
    expect(batch.views).toBe(2);
  });
});

describe('a chunk of the whole utterance', () => {
  it('is as long as its batch', () => {
    const full = checkTrainConfig({ ...config, batches: { ...config.batches, chunks: ['full'] } }, 'test');
    const plans = planEpoch(full, recordings, 0, SPACE);
    const { batches } = planBatches(full, bucketShapes(full, plans), plans, 0);
    expect(batches.length).toBeGreaterThan(1);
    for (const { chunk, shape } of batches) expect(chunk).toBe(shape.frames / 4);
  });
});

describe('rows of stored features', () => {
  it('end with their last frame again, for such features know no silence', () => {
    const shape = { frames: 8, rows: 2, labelSlots: 2, melBins: 2, subsampling: 4, padding: 'lastFrame' as const };
    const batch = packBatch(shape, 2, [{ features: Float32Array.of(1, 2, 3, 4), frames: 2, labels: [] }]);
    expect([...batch.features.subarray(0, 16)]).toEqual([1, 2, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4]);
  });
});
