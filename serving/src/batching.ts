/** How many streams have a chunk ready and how long they have waited go in, whether to run now comes out. */

export interface BatchRules {
  /** chunks in one run */
  maxBatch: number;
  /** longest that a ready chunk waits for company, ms */
  maxWaitMs: number;
}

export const DEFAULT_BATCH_RULES: BatchRules = { maxBatch: 32, maxWaitMs: 5 };

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

/** @returns 0 to run now, else the ms to wait for more at most. A lone stream and a stream that has ended never wait. */
export function batchDelay({ maxBatch, maxWaitMs }: BatchRules, { ready, open, ending, waitedMs }: Waiting): number {
  if (ending || ready >= open || ready >= maxBatch) return 0;
  return Math.max(0, maxWaitMs - waitedMs);
}
