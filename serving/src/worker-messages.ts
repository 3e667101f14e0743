/** What the main thread and an inference worker say to each other; each post carries an array of these. */
import type { PcmEncoding } from '@auricle/audio';
import type { Bundle } from '@auricle/bundle';
import type { DecodingPlan, EndpointRule, Hotword, SpeechEvent } from '@auricle/decoding';
import type { BatchRules } from './batching.js';
import type { BatchReport } from './engine-observer.js';
import type { LogProbs, Segment } from './results.js';

export interface WorkerSetup {
  bundle: Bundle;
  batchRules: BatchRules;
  endpointRules: readonly EndpointRule[];
  decoding: DecodingPlan;
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
  /** tell when speech starts and ends (default false) */
  speechEvents?: boolean;
}

export type ToWorker =
  | { type: 'open'; stream: number; format: StreamFormat }
  | { type: 'audio'; stream: number; bytes: Uint8Array }
  | { type: 'hotwords'; stream: number; hotwords: readonly Hotword[] }
  | { type: 'end'; stream: number }
  | { type: 'abort'; stream: number }
  | { type: 'shutdown' };

export type FromWorker =
  | { type: 'ready'; loadMs: number }
  | { type: 'unloadable'; code: string; message: string }
  | ({ type: 'batch' } & BatchReport)
  | { type: 'consumed'; stream: number; bytes: number }
  | { type: 'segment'; stream: number; segment: Segment }
  | { type: 'speech'; stream: number; event: SpeechEvent }
  | { type: 'settled'; stream: number; seconds: number }
  | { type: 'logProbs'; stream: number; logProbs: LogProbs }
  | { type: 'warning'; stream: number; code: string; message: string }
  | { type: 'done'; stream: number; audioSeconds: number }
  | { type: 'error'; stream: number; code: string; message: string };
