/** What the engine tells those who measure it. */

/** One run of the model. */
export interface BatchReport {
  /** streams that had a chunk in it */
  streams: number;
  /** that the chunk which was ready first has waited */
  queueMs: number;
  computeMs: number;
  /** features, decoding and all else since the run before */
  workMs: number;
  /** chunks of recordings, which wait for live streams */
  isRecording: boolean;
}

export interface EngineObserver {
  batch?(report: BatchReport): void;
  /** a worker thread has ended and is replaced */
  workerLost?(): void;
}
