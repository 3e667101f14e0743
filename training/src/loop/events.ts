/** What a run tells while it goes on. */
import type { BucketShape } from '../data/batches.js';

export type TrainEvent =
  | {
      kind: 'start';
      parameters: number;
      /** about so many in all */
      steps: number;
      /** done already */
      step: number;
      epochs: number;
      /** of the run so far; null before its first epoch's end */
      bestErrorRate: number | null;
      shapes: BucketShape[];
      /** error code -> utterances */
      leftOut: Record<string, number>;
      trainSeconds: number;
    }
  | {
      kind: 'step';
      epoch: number;
      step: number;
      /** batches of the epoch so far */
      batch: number;
      /** CTC of the output, nats a label token */
      loss: number;
      learningRate: number;
      gradientNorm: number;
      /** seconds of audio a second */
      speed: number;
      /** for batches to learn from */
      waitedMs: number;
      /** waiting and step together */
      tookMs: number;
      applied: boolean;
    }
  | {
      kind: 'epoch';
      epoch: number;
      step: number;
      /** mean of the epoch's applied steps, in nats a token; null where there was none */
      trainLoss: number | null;
      wordErrorRate: number;
      characterErrorRate: number;
      exact: number;
      utterances: number;
      best: boolean;
      /** that the dev error rate took */
      evaluationMs: number;
      /** examples that no batch has room for, and whose labels do not fit their frames */
      tooLong: number;
      infeasible: number;
      skippedSteps: number;
      /** error code -> examples */
      leftOut: Record<string, number>;
      devLeftOut: Record<string, number>;
    }
  /** The weights of some of the best epochs were averaged; `kept` when the mean is the best now. */
  | { kind: 'averaged'; epochs: number[]; wordErrorRate: number; kept: boolean }
  /** A checkpoint could not be written; training goes on and tries again at the next. */
  | { kind: 'unsaved'; step: number; reason: string }
  /** something that training goes on without */
  | { kind: 'warning'; code: string; message: string }
  | { kind: 'done'; step: number; bestErrorRate: number; stoppedEarly: boolean };
