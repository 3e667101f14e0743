/** Sizes of runs and how long they took go in, what a run of any size costs comes out: a fixed part and a part for every chunk, of the latest runs
 *  the most. */

/** Weight that a run keeps for each that follows it. */
const KEPT = 0.98;
/** Runs of one size say nothing of the fixed part: below this spread of sizes it is left as it was. */
const LEAST_SPREAD = 0.25;

/** A run: how many chunks, and how long it took. */
export interface RunTrial {
  size: number;
  ms: number;
}

export class RunCost {
  private weight = 0;
  private size = 0;
  private ms = 0;
  private sizeSize = 0;
  private sizeMs = 0;
  /** ms of a run, whatever its size */
  fixedMs = 0;
  /** ms of a run for each of its chunks */
  chunkMs = 0;

  add(size: number, ms: number): void {
    this.weight = KEPT * this.weight + 1;
    this.size = KEPT * this.size + size;
    this.ms = KEPT * this.ms + ms;
    this.sizeSize = KEPT * this.sizeSize + size * size;
    this.sizeMs = KEPT * this.sizeMs + size * ms;
    const [size1, ms1] = [this.size / this.weight, this.ms / this.weight];
    const spread = this.sizeSize / this.weight - size1 * size1;
    if (spread >= LEAST_SPREAD) {
      const slope = (this.sizeMs / this.weight - size1 * ms1) / spread;
      this.fixedMs = Math.min(ms1, Math.max(0, ms1 - slope * size1));
    } else this.fixedMs = this.chunkMs === 0 ? 0 : Math.min(this.fixedMs, ms1);
    this.chunkMs = (ms1 - this.fixedMs) / size1;
  }

  /** ms of a run of so many chunks. */
  of(size: number): number {
    return this.fixedMs + size * this.chunkMs;
  }
}
