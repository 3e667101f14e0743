/** A few figures go in, whole records and events as a run logs them come out. */
import type { TrainEvent } from '@auricle/training';
import type { EpochRecord } from '@auricle/training/report/metrics-log';
import type { StepEvent, StepRecord } from '@auricle/training/report/step-record';

const TIME = '2026-01-02T03:04:05.678Z';

export const recordOf = (figures: Partial<StepRecord>): StepRecord => ({
  kind: 'step',
  epoch: 1,
  step: 1,
  time: TIME,
  batch: 1,
  steps: 1,
  skipped: 0,
  loss: 1,
  gradientNorm: 1,
  largestGradientNorm: 1,
  learningRate: 0.001,
  seconds: 0.5,
  speed: 100,
  waitedShare: 0,
  ...figures,
});

export const epochRecord = (figures: Partial<EpochRecord>): EpochRecord => ({
  kind: 'epoch',
  epoch: 1,
  step: 1,
  time: TIME,
  trainLoss: 1,
  wordErrorRate: 0.5,
  characterErrorRate: 0.25,
  exact: 1,
  utterances: 2,
  best: true,
  ...figures,
});

export const stepEvent = (figures: Partial<StepEvent>): StepEvent => ({
  kind: 'step',
  epoch: 0,
  step: 1,
  batch: 1,
  loss: 1,
  learningRate: 0.001,
  gradientNorm: 1,
  speed: 100,
  waitedMs: 0,
  tookMs: 500,
  applied: true,
  ...figures,
});

type Event<Kind extends TrainEvent['kind']> = Extract<TrainEvent, { kind: Kind }>;

export const startEvent = (figures: Partial<Event<'start'>>): Event<'start'> => ({
  kind: 'start',
  parameters: 1_000_000,
  steps: 100,
  step: 0,
  epochs: 2,
  bestErrorRate: null,
  shapes: [],
  leftOut: {},
  trainSeconds: 3600,
  ...figures,
});

export const epochEvent = (figures: Partial<Event<'epoch'>>): Event<'epoch'> => ({
  kind: 'epoch',
  epoch: 1,
  step: 50,
  trainLoss: 1,
  wordErrorRate: 0.5,
  characterErrorRate: 0.25,
  exact: 1,
  utterances: 2,
  best: true,
  evaluationMs: 1000,
  tooLong: 0,
  infeasible: 0,
  skippedSteps: 0,
  leftOut: {},
  devLeftOut: {},
  ...figures,
});
