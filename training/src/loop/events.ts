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
      shapes: BucketShape[];
      /** error code -> utterances */
      leftOut: Record<string, number>;
      trainSeconds: number;
    }
  | {
      kind: 'step';
      epoch: number;
      step: number;
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
      wordErrorRate: number;
      characterErrorRate: number;
      exact: number;
      utterances: number;
      best: boolean;
    }
  /** The weights of the best epochs were averaged; `kept` when they are the best now. */
  | { kind: 'averaged'; epochs: number[]; wordErrorRate: number; kept: boolean }
  /** A checkpoint could not be written; training goes on and tries again at the next. */
  | { kind: 'unsaved'; step: number; reason: string }
  | { kind: 'done'; step: number; bestErrorRate: number; stoppedEarly: boolean };
