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
/** Chunks ago at which what was measured weighs a third: about a second of a full worker. */
const MEMORY_CHUNKS = 500;
/** What the model was tried out with weighs as so many chunks. */
const TRIED_CHUNKS = 250;
/** Chunks that wait for so much of their own length show that there are too many, whatever runs cost. */
const LONGEST_WAIT = 0.5;
/** Reports on end of short waits that show that it is over. */
const WEIGHT_OF_WAIT = 0.2;

export class Capacity {
  /** What runs of any size cost beside each other: the small ones of few streams tell little of large ones, the less as their memory has gone cold
   *  between them. */
  private readonly tried = new RunCost();
  /** Lately, those of small runs less than whole. */
  private chunks = 0;
  /** of these chunks: what their runs took, what the trials foretold, and features, decoding and the like, ms */
  private ranMs = 0;
  private foretoldMs = 0;
  private workMs = 0;
  /** that the chunks of live streams have waited for lately, ms */
  private wait = 0;

  constructor(private readonly options: CapacityOptions) {}

  /** A worker tried its model out. */
  addTrials(trials: readonly RunTrial[]): void {
    for (const { size, ms } of trials) this.tried.add(size, ms);
    if (this.chunks === 0) this.remember(TRIED_CHUNKS, this.triedMs(TRIED_CHUNKS), this.triedMs(TRIED_CHUNKS), 0);
  }

  /** A worker ran its model. */
  add({ streams, queueMs, computeMs, workMs, isRecording }: BatchReport): void {
    if (this.tried.of(1) === 0) this.tried.add(streams, computeMs);
    const weight = Math.min(1, streams / FULL_RUN);
    this.remember(weight * streams, weight * computeMs, weight * this.tried.of(streams), weight * workMs);
    if (!isRecording) this.wait += WEIGHT_OF_WAIT * (queueMs - this.wait);
  }

  /** Live streams that so many workers hold; at least one each, and infinitely many before anything was measured. */
  streams(workers: number): number {
    const { chunkMs, share } = this.options;
    if (this.foretoldMs === 0) return Number.POSITIVE_INFINITY;
    const ms = this.triedMs(1) * (this.ranMs / this.foretoldMs) + this.workMs / this.chunks;
    return workers * Math.max(1, Math.floor((share * chunkMs) / ms));
  }

  /** Chunks wait so long that whoever is there already would suffer from more. */
  get isOver(): boolean {
    return this.wait > LONGEST_WAIT * this.options.chunkMs;
  }

  private remember(chunks: number, ranMs: number, foretoldMs: number, workMs: number): void {
    const kept = Math.exp(-chunks / MEMORY_CHUNKS);
    this.chunks = kept * this.chunks + chunks;
    this.ranMs = kept * this.ranMs + ranMs;
    this.foretoldMs = kept * this.foretoldMs + foretoldMs;
    this.workMs = kept * this.workMs + workMs;
  }

  /** What the trials say that so many chunks cost in full runs, ms. */
  private triedMs(chunks: number): number {
    return (chunks * this.tried.of(FULL_RUN)) / FULL_RUN;
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
