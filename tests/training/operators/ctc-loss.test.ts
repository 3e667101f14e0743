import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ctcLoss } from '@auricle/training/operators/ctc-loss';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Body, floats, type Input, ints, noise, runOnCpu, runTraced } from '../tracing/compare.js';
import { bruteForceCtc } from './ctc-brute-force.js';

interface CtcBatch {
  /** [rows, frames, vocabulary] */
  shape: number[];
  logits: Float32Array;
  labels: number[][];
  frameLengths: number[];
  blank: number;
  /** fills the label slots beyond a row's labels */
  padding?: number;
  slots?: number;
}

const IMPLEMENTATIONS = [
  ['TF.js on the CPU', runOnCpu],
  ['the traced graph', runTraced],
] as const;
type Run = (typeof IMPLEMENTATIONS)[number][1];

/** Losses [rows] and the gradient, by row, of their sum weighted by `weights`. */
async function solve(run: Run, batch: CtcBatch, weights = batch.labels.map(() => 1)) {
  const { shape, logits, labels, frameLengths, blank, padding = 0 } = batch;
  const slots = batch.slots ?? Math.max(1, ...labels.map((row) => row.length));
  const padded = labels.flatMap((row) => [...row, ...new Array<number>(slots - row.length).fill(padding)]);
  const inputs: Record<string, Input> = {
    logits: { shape, type: 'float32', values: logits },
    labels: ints([labels.length, slots], padded),
    labelLengths: ints(
      [labels.length],
      labels.map((row) => row.length),
    ),
    frameLengths: ints([labels.length], frameLengths),
    weights: { shape: [labels.length], type: 'float32', values: Float32Array.from(weights) },
  };
  const body: Body = (t) => {
    const losses = (x: tf.Tensor) =>
      ctcLoss(
        x as tf.Tensor3D,
        t.labels as tf.Tensor2D,
        t.labelLengths as tf.Tensor1D,
        t.frameLengths as tf.Tensor1D,
        blank,
      );
    const weighted = (x: tf.Tensor) => tf.sum(tf.mul(losses(x), t.weights)) as tf.Scalar;
    return { losses: losses(t.logits), gradient: tf.grad(weighted)(t.logits) };
  };
  const outcome = await run(inputs, body);
  const rowSize = shape[1] * shape[2];
  return {
    losses: [...outcome.losses.values],
    gradient: labels.map((_, row) => outcome.gradient.values.slice(row * rowSize, (row + 1) * rowSize)),
  };
}

/** Relative difference. Below 1 nat it is absolute: float32 log-softmaxes hold no more digits (PyTorch's neither). */
function lossDifference(actual: number, expected: number): number {
  if (actual === expected) return 0;
  return Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected).reduce((worst, v, i) => {
    const difference = Math.abs(v - actual[i]);
    return Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }, 0);
}

const isZero = (values: Float32Array) => values.every((v) => v === 0);

/** Holds a solution against brute force over each row's own frames; beyond them the gradient must be 0. */
function expectBruteForce({ losses, gradient }: Awaited<ReturnType<typeof solve>>, batch: CtcBatch): void {
  const [, frames, vocabulary] = batch.shape;
  batch.labels.forEach((labels, row) => {
    const from = row * frames * vocabulary;
    const size = batch.frameLengths[row] * vocabulary;
    const expected = bruteForceCtc([...batch.logits.slice(from, from + size)], vocabulary, labels, batch.blank);
    expect(lossDifference(losses[row], expected.loss), `loss of row ${row}`).toBeLessThanOrEqual(1e-5);
    expect(largestDifference(gradient[row].slice(0, size), expected.gradient), `row ${row}`).toBeLessThanOrEqual(1e-4);
    expect(isZero(gradient[row].slice(size)), `gradient beyond the frames of row ${row}`).toBe(true);
  });
}

interface GoldenCase extends Omit<CtcBatch, 'logits'> {
  name: string;
  seed: number;
  scale: number;
  boosted: 'none' | 'blank' | 'alignment';
  boost: number;
  /** null is infinity */
  losses: (number | null)[];
  /** index into the flat gradient and its value there */
  gradient: [number, number][];
}
const golden: GoldenCase[] = readFileSync(join(import.meta.dirname, 'fixtures/ctc-golden.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line));

/** As fixtures/ctc-golden.py makes them. */
function goldenBatch(golden: GoldenCase): CtcBatch {
  const [rows, frames, vocabulary] = golden.shape;
  const logits = noise(rows * frames * vocabulary, golden.seed).map((v) => v * golden.scale);
  for (let row = 0; row < rows && golden.boosted !== 'none'; row++) {
    const labels = golden.labels[row];
    const stride = Math.floor(golden.frameLengths[row] / labels.length);
    for (let t = 0; t < frames; t++) {
      const onLabel = golden.boosted === 'alignment' && t % stride === 0 && t / stride < labels.length;
      const token = onLabel ? labels[t / stride] : golden.blank;
      logits[(row * frames + t) * vocabulary + token] += golden.boost;
    }
  }
  return { ...golden, logits, padding: 1, slots: 3 + Math.max(...golden.labels.map((l) => l.length)) };
}

/** Rows of all kinds: repeated labels, none, labels that do not fit, few frames, no frames, both absent. */
const mixed: CtcBatch = {
  shape: [8, 5, 4],
  logits: noise(8 * 5 * 4, 11).map((v) => v * 4),
  labels: [[1, 2, 3], [2, 2], [], [3, 3, 3], [1], [2, 1], [], [1, 2, 3, 1, 2]],
  frameLengths: [5, 5, 5, 4, 2, 0, 0, 5],
  blank: 0,
};

describe.each(IMPLEMENTATIONS)('the CTC loss, %s', (_, run) => {
  it('is the sum over all paths in a batch of rows of all kinds', async () => {
    expectBruteForce(await solve(run, mixed), mixed);
  });

  it('takes any token for the blank', async () => {
    const swap = new Map([
      [0, 3],
      [3, 0],
    ]);
    const batch = { ...mixed, blank: 3, labels: mixed.labels.map((row) => row.map((v) => swap.get(v) ?? v)) };
    expectBruteForce(await solve(run, batch), batch);
  });

  it.each(golden.map((g) => [g.name, g] as const))('equals PyTorch in double precision: %s', async (_, expected) => {
    const { losses, gradient } = await solve(run, goldenBatch(expected));
    const flat = gradient.flatMap((row) => [...row]);
    expected.losses.forEach((loss, row) => {
      const difference = lossDifference(losses[row], loss ?? Number.POSITIVE_INFINITY);
      expect(difference, `loss of row ${row}`).toBeLessThanOrEqual(1e-5);
    });
    const indices = expected.gradient.map(([i]) => flat[i]);
    const values = expected.gradient.map(([, v]) => v);
    expect(largestDifference(indices, values)).toBeLessThanOrEqual(1e-4);
    expect(flat.every(Number.isFinite)).toBe(true);
  });

  it('has the gradient that finite differences give', async () => {
    const [frames, vocabulary, step] = [5, 4, 0.1];
    const logits = noise(frames * vocabulary, 5).map((v) => v * 3);
    const labels = [1, 1, 2];
    const utterances = (rows: Float32Array[]): CtcBatch => ({
      shape: [rows.length, frames, vocabulary],
      logits: Float32Array.from(rows.flatMap((row) => [...row])),
      labels: rows.map(() => labels),
      frameLengths: rows.map(() => frames),
      blank: 0,
    });
    // Four points a logit, so that a step large enough for float32 has no truncation error to speak of.
    const shifts = [-2, -1, 1, 2].map((n) => n * step);
    const shifted = [...logits].flatMap((v, i) => shifts.map((shift) => logits.with(i, v + shift)));
    const { losses } = await solve(run, utterances(shifted));
    const slopes = [...logits].map((_, i) => {
      const [farBelow, below, above, farAbove] = losses.slice(4 * i, 4 * i + 4);
      return (farBelow - 8 * below + 8 * above - farAbove) / (12 * step);
    });
    const { gradient } = await solve(run, utterances([logits]));
    expect(largestDifference(gradient[0], slopes)).toBeLessThanOrEqual(1e-4);
    expect(Math.max(...gradient[0].map(Math.abs))).toBeGreaterThan(0.1);
  });

  it('gives infinity and no gradient where the labels do not fit the frames', async () => {
    const { losses, gradient } = await solve(run, {
      ...mixed,
      labels: [[1, 1, 1], [1, 2, 3, 1, 2, 3], [1], [2, 2, 2, 2], [1, 2], [], [3, 3], [1]],
      frameLengths: [4, 5, 0, 5, 1, 0, 2, 1],
    });
    const fits = [false, false, false, false, false, true, false, true];
    expect(losses.map((loss) => loss !== Number.POSITIVE_INFINITY)).toEqual(fits);
    expect(gradient.map(isZero)).toEqual([true, true, true, true, true, true, true, false]);
  });

  it('leaves the neighbours of such a row as they are', async () => {
    const withRow = await solve(run, mixed);
    const without = await solve(run, {
      ...mixed,
      slots: 5,
      labels: mixed.labels.with(3, []),
      frameLengths: mixed.frameLengths.with(3, 0),
    });
    expect(withRow.losses[3]).toBe(Number.POSITIVE_INFINITY);
    expect(withRow.losses.toSpliced(3, 1)).toEqual(without.losses.toSpliced(3, 1));
    expect(withRow.gradient.toSpliced(3, 1)).toEqual(without.gradient.toSpliced(3, 1));
  });

  it('gives 0 for an empty row and no gradient', async () => {
    const { losses, gradient } = await solve(run, mixed);
    expect(losses[6]).toBeCloseTo(0, 10);
    expect(isZero(gradient[6])).toBe(true);
  });

  it('counts only blanks where there are no labels', async () => {
    const { losses } = await solve(run, mixed);
    const rows = Array.from({ length: 5 }, (_, t) => [...mixed.logits.slice((10 + t) * 4, (11 + t) * 4)]);
    const blanks = rows.map((row) => row[0] - Math.log(row.reduce((sum, v) => sum + Math.exp(v), 0)));
    expect(losses[2]).toBeCloseTo(-blanks.reduce((a, b) => a + b), 5);
  });

  it('does not look at frames beyond the frame lengths', async () => {
    const logits = mixed.logits.map((v, i) => {
      const [row, frame] = [Math.floor(i / 20), Math.floor(i / 4) % 5];
      return frame < mixed.frameLengths[row] ? v : 1000 * v;
    });
    expect(await solve(run, { ...mixed, logits })).toEqual(await solve(run, mixed));
  });

  it.each([-1, 0, 2, 99])('does not look at label slots beyond the label lengths, filled with %i', async (padding) => {
    const batch = { ...mixed, padding, slots: 9 };
    expectBruteForce(await solve(run, batch), batch);
  });

  it('weighs the gradient of each row by what flows into its loss', async () => {
    const weights = [2, -1, 0.5, 1, 3, 1, 1, 1];
    const [plain, weighted] = [await solve(run, mixed), await solve(run, mixed, weights)];
    const expected = plain.gradient.map((row, i) => row.map((v) => v * weights[i]));
    expected.forEach((row, i) => {
      expect(largestDifference(weighted.gradient[i], row)).toBeLessThanOrEqual(1e-6);
    });
  });
});

describe('the traced CTC loss', () => {
  const utterance = (vocabulary: number, blank: number) =>
    fc.record({
      logits: fc.array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 20, maxLength: 20 }),
      labels: fc.array(
        fc.integer({ min: 0, max: vocabulary - 2 }).map((v) => (v < blank ? v : v + 1)),
        { maxLength: 4 },
      ),
      frames: fc.integer({ min: 0, max: 20 / vocabulary }),
    });
  const batches = fc
    .record({ vocabulary: fc.constantFrom(4, 5), blank: fc.integer({ min: 0, max: 3 }) })
    .chain(({ vocabulary, blank }) =>
      fc.record({
        vocabulary: fc.constant(vocabulary),
        blank: fc.constant(blank),
        rows: fc.array(utterance(vocabulary, blank), { minLength: 1, maxLength: 3 }),
      }),
    );

  it('is the sum over all paths, whatever the logits and labels', async () => {
    await fc.assert(
      fc.asyncProperty(batches, async ({ vocabulary, blank, rows }) => {
        const batch: CtcBatch = {
          shape: [rows.length, 20 / vocabulary, vocabulary],
          logits: Float32Array.from(rows.flatMap((row) => row.logits)),
          labels: rows.map((row) => row.labels),
          frameLengths: rows.map((row) => row.frames),
          blank,
        };
        expectBruteForce(await solve(runTraced, batch), batch);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['small logits', 1, 0],
    ['large logits', 30, 0],
    ['a likely padding token', 2, 30],
  ])('keeps its digits over 400 frames everywhere: %s', async (_, scale, boost) => {
    const [rows, frames, vocabulary, slots, padding] = [3, 400, 64, 60, 63];
    const logits = (floats([rows, frames, vocabulary], 8).values as Float32Array).map(
      (v, i) => v * scale + (i % vocabulary === padding ? boost : 0),
    );
    const labels = [60, 25, 4].map((length, row) =>
      [...noise(length, 20 + row)].map((v) => 1 + Math.floor(((v + 1) / 2) * 61.9)),
    );
    const batch = { shape: [rows, frames, vocabulary], logits, labels, frameLengths: [400, 390, 200], blank: 0 };
    const [traced, reference] = [
      await solve(runTraced, { ...batch, slots, padding }),
      await solve(runOnCpu, { ...batch, slots, padding }),
    ];
    for (let row = 0; row < rows; row++) {
      expect(lossDifference(traced.losses[row], reference.losses[row]), `loss ${row}`).toBeLessThanOrEqual(1e-5);
      expect(largestDifference(traced.gradient[row], reference.gradient[row]), `row ${row}`).toBeLessThanOrEqual(1e-4);
    }
  });
});
