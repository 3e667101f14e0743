/** What the main thread and an inference worker say to each other; each post carries an array of these. */
import type { PcmEncoding } from '@auricle/audio';
import type { Bundle } from '@auricle/bundle';
import type { DecodingPlan, EndpointRule, Hotword, SpeechEvent } from '@auricle/decoding';
import type { BatchRules } from './batching.js';
import type { Checkpoint } from './checkpoint.js';
import type { BatchReport } from './engine-observer.js';
import type { LogProbs, Segment } from './results.js';
import type { RunTrial } from './run-cost.js';

export interface WorkerSetup {
  bundle: Bundle;
  batchRules: BatchRules;
  endpointRules: readonly EndpointRule[];
  decoding: DecodingPlan;
  silenceGate: boolean;
}

export interface StreamFormat {
  /** Hz */
  sampleRate: number;
  encoding: PcmEncoding;
  /** also send each chunk's log-probs */
  logProbs: boolean;
  /** instead of the engine's */
  hotwords?: readonly Hotword[];
  /** texts for each segment (default 1) */
  alternatives?: number;
  /** instead of the engine's */
  endpointRules?: readonly EndpointRule[];
  /** of the stream's first audio, of which no result tells (default 0) */
  heardSeconds?: number;
  /** tell when speech starts and ends (default false) */
  speechEvents?: boolean;
  /** a recording, whose chunks run when no live stream's wait (default false) */
  isRecording?: boolean;
  /** post checkpoints, so that another worker can take the stream up (default false) */
  checkpoints?: boolean;
}

/** Of a stream that is open in the worker. */
export type StreamCommand =
  /** `bytes` lie in shared memory and are not written again */
  | { type: 'audio'; stream: number; bytes: Uint8Array }
  | { type: 'hotwords'; stream: number; hotwords: readonly Hotword[]; isReplay?: boolean }
  | { type: 'finalize'; stream: number }
  | { type: 'end'; stream: number }
  | { type: 'abort'; stream: number };

/** With `isReplay` the stream was open in another worker, up to the checkpoint if there is one. */
export type OpenCommand = {
  type: 'open';
  stream: number;
  format: StreamFormat;
  isReplay?: boolean;
  checkpoint?: Checkpoint;
};

export type ToWorker = OpenCommand | StreamCommand | { type: 'shutdown' };

/** About a stream. */
export type StreamMessage =
  /** `bytes` of the stream's audio are used up */
  | { type: 'consumed'; stream: number; bytes: number }
  /** `chunk`: how many of the stream's the model has answered */
  | { type: 'segment'; stream: number; chunk: number; segment: Segment }
  /** `index`: how many came before it */
  | { type: 'speech'; stream: number; index: number; event: SpeechEvent }
  | { type: 'settled'; stream: number; seconds: number }
  | { type: 'logProbs'; stream: number; chunk: number; logProbs: LogProbs }
  | { type: 'warning'; stream: number; code: string; message: string }
  | { type: 'checkpoint'; stream: number; checkpoint: Checkpoint }
  | { type: 'finalized'; stream: number }
  | { type: 'done'; stream: number; audioSeconds: number }
  | { type: 'error'; stream: number; code: string; message: string };

export type FromWorker =
  /** `trials`: runs of some sizes and what they took */
  | { type: 'ready'; loadMs: number; trials: readonly RunTrial[] }
  | { type: 'unloadable'; code: string; message: string }
  | ({ type: 'batch' } & BatchReport)
  | StreamMessage;
