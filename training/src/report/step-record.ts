/** Step events go in, records of one or more steps come out; neighbouring records merge into one of all their steps. */
import { z } from 'zod';
import type { TrainEvent } from '../loop/events.js';

export type StepEvent = Extract<TrainEvent, { kind: 'step' }>;

/** What a stretch of steps of one epoch did. Means are over its applied steps and null where there is none. */
export const stepRecordSchema = z.object({
  kind: z.literal('step'),
  /** counted from 1 */
  epoch: z.number().int(),
  /** after the last step of the stretch */
  step: z.number().int(),
  /** when it ended */
  time: z.iso.datetime(),
  /** batches of the epoch learned from so far, those that gave no step included */
  batch: z.number().int(),
  /** applied steps of the stretch */
  steps: z.number().int(),
  /** steps whose gradient was not finite */
  skipped: z.number().int(),
  /** mean, in nats a token */
  loss: z.number().nullable(),
  /** mean of the L2 norm before clipping */
  gradientNorm: z.number().nullable(),
  largestGradientNorm: z.number().nullable(),
  /** of the last step */
  learningRate: z.number(),
  /** wall time that the steps took, waiting included */
  seconds: z.number(),
  /** seconds of audio a second */
  speed: z.number(),
  /** share of the time spent waiting for batches */
  waitedShare: z.number(),
});
export type StepRecord = z.infer<typeof stepRecordSchema>;

/** The record of one step. */
export function stepRecord(event: StepEvent, time: string): StepRecord {
  const { step, batch, applied, loss, gradientNorm, learningRate, speed, waitedMs, tookMs } = event;
  return {
    kind: 'step',
    epoch: event.epoch + 1,
    step,
    time,
    batch,
    steps: applied ? 1 : 0,
    skipped: applied ? 0 : 1,
    loss: applied ? loss : null,
    gradientNorm: applied ? gradientNorm : null,
    largestGradientNorm: applied ? gradientNorm : null,
    learningRate,
    seconds: tookMs / 1000,
    speed,
    waitedShare: tookMs > 0 ? waitedMs / tookMs : 0,
  };
}

/** The record of the steps of both; `b` comes after `a`. */
export function mergedRecord(a: StepRecord, b: StepRecord): StepRecord {
  const seconds = a.seconds + b.seconds;
  return {
    ...b,
    steps: a.steps + b.steps,
    skipped: a.skipped + b.skipped,
    loss: weightedMean(a.loss, a.steps, b.loss, b.steps),
    gradientNorm: weightedMean(a.gradientNorm, a.steps, b.gradientNorm, b.steps),
    largestGradientNorm: greater(a.largestGradientNorm, b.largestGradientNorm),
    seconds,
    speed: weightedMean(a.speed, a.seconds, b.speed, b.seconds) ?? 0,
    waitedShare: weightedMean(a.waitedShare, a.seconds, b.waitedShare, b.seconds) ?? 0,
  };
}

function weightedMean(a: number | null, weightA: number, b: number | null, weightB: number): number | null {
  if (a === null || weightA === 0) return b;
  if (b === null || weightB === 0) return a;
  return (a * weightA + b * weightB) / (weightA + weightB);
}

const greater = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : Math.max(a, b));

/** The record with its measures rounded to as many digits as mean anything, which halves a line of the log. */
export function roundedRecord(record: StepRecord): StepRecord {
  const rounded = <T extends number | null>(value: T) => (value === null ? value : (Number(value.toPrecision(6)) as T));
  return {
    ...record,
    loss: rounded(record.loss),
    gradientNorm: rounded(record.gradientNorm),
    largestGradientNorm: rounded(record.largestGradientNorm),
    learningRate: rounded(record.learningRate),
    seconds: rounded(record.seconds),
    speed: rounded(record.speed),
    waitedShare: rounded(record.waitedShare),
  };
}
