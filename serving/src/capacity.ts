/** What runs of the model cost goes in, how many live streams the workers can hold comes out: measured before the first stream and ever after. */
import type { BatchReport } from './engine-observer.js';
import { RunCost, type RunTrial } from './run-cost.js';

export interface CapacityOptions {
  /** audio of a chunk, ms */
  chunkMs: number;
  /** share of a worker's time that live streams may take, in (0, 1] */
  share: number;
}

/** Chunks of a run in a worker that is full: as many become ready while the run before them is in work. */
const FULL_RUN = 16;
/** Weight that the latest report has beside those before. */
const NEWEST = 0.05;
/** Chunks that wait for so much of their own length show that there are too many, whatever runs cost. */
const LONGEST_WAIT = 0.5;
/** Reports on end of short waits that show that it is over. */
const WEIGHT_OF_WAIT = 0.2;

export class Capacity {
  private readonly cost = new RunCost();
  /** features, decoding and the like of a chunk, ms */
  private work = 0;
  /** that the chunks of live streams have waited for lately, ms */
  private wait = 0;

  constructor(private readonly options: CapacityOptions) {}

  /** A worker tried its model out. */
  addTrials(trials: readonly RunTrial[]): void {
    for (const { size, ms } of trials) this.cost.add(size, ms);
  }

  /** A worker ran its model. */
  add({ streams, queueMs, computeMs, workMs, isRecording }: BatchReport): void {
    this.cost.add(streams, computeMs);
    this.work += NEWEST * (workMs / streams - this.work);
    if (!isRecording) this.wait += WEIGHT_OF_WAIT * (queueMs - this.wait);
  }

  /** Live streams that so many workers hold; at least one each, and infinitely many before anything was measured. */
  streams(workers: number): number {
    const { chunkMs, share } = this.options;
    const ms = this.cost.of(FULL_RUN) / FULL_RUN + this.work;
    return ms === 0 ? Number.POSITIVE_INFINITY : workers * Math.max(1, Math.floor((share * chunkMs) / ms));
  }

  /** Chunks wait so long that whoever is there already would suffer from more. */
  get isOver(): boolean {
    return this.wait > LONGEST_WAIT * this.options.chunkMs;
  }
}

/** Times at which streams ended go in, how long it may be until the next does comes out. */
export class TimeToNextEnd {
  private last: number | undefined;
  private meanMs: number | undefined;

  /** @param now monotonic, ms */
  ended(now: number): void {
    if (this.last !== undefined) {
      const passed = now - this.last;
      this.meanMs = this.meanMs === undefined ? passed : 0.9 * this.meanMs + 0.1 * passed;
    }
    this.last = now;
  }

  /** Whole seconds, from 1 to 60; 5 where nobody knows. */
  get seconds(): number {
    return this.meanMs === undefined ? 5 : Math.min(60, Math.max(1, Math.ceil(this.meanMs / 1000)));
  }
}
