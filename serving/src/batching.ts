/** How many streams have a chunk ready, how long they have waited and what runs cost go in; when to run and how many comes out. */
import type { RunCost } from './run-cost.js';

export interface BatchRules {
  /** chunks of live streams in one run */
  maxBatch: number;
  /** longest that a ready chunk of a live stream waits for company, ms */
  maxWaitMs: number;
  /** longest run for recordings, which live streams that become ready meanwhile wait for, ms */
  maxRecordingMs: number;
}

export const DEFAULT_BATCH_RULES: BatchRules = { maxBatch: 32, maxWaitMs: 5, maxRecordingMs: 40 };

/** Chunks of recordings in one run, where no time limit makes it fewer. */
export const MOST_RECORDINGS = 64;

export interface Waiting {
  /** streams with a chunk ready */
  ready: number;
  /** streams open, ready ones included */
  open: number;
  /** a ready stream has ended, so that someone waits for its last words */
  ending: boolean;
  /** ms since the oldest chunk became ready */
  waitedMs: number;
}

/** Share of the time that a worker must be at work for chunks to wait: below it, time is not what is scarce. */
const BUSY = 0.5;
/** A run whose fixed part is no more than this share of it gains little by more company. */
const SMALL_SHARE = 0.1;

/** Waiting saves the fixed part of a run for every chunk that joins it: it is worth while where runs are small and the worker is busy.
 *  @param busy share of the time that the worker has been at work lately, in [0, 1]
 *  @returns 0 to run now, else the ms to wait for more at most. A lone stream and a stream that has ended never wait. */
export function batchDelay(
  { maxBatch, maxWaitMs }: BatchRules,
  { ready, open, ending, waitedMs }: Waiting,
  cost: Pick<RunCost, 'fixedMs' | 'chunkMs'>,
  busy: number,
): number {
  if (busy < BUSY || ending || ready >= open || ready >= maxBatch) return 0;
  if (cost.fixedMs <= SMALL_SHARE * (cost.fixedMs + ready * cost.chunkMs)) return 0;
  return Math.max(0, maxWaitMs - waitedMs);
}

/** @returns chunks of recordings for one run: as many as take no longer than live streams may wait */
export function recordingsAtATime(
  { maxRecordingMs }: BatchRules,
  cost: Pick<RunCost, 'fixedMs' | 'chunkMs'>,
  hasLive: boolean,
): number {
  if (!hasLive || cost.chunkMs <= 0) return MOST_RECORDINGS;
  return Math.min(MOST_RECORDINGS, Math.max(1, Math.floor((maxRecordingMs - cost.fixedMs) / cost.chunkMs)));
}
