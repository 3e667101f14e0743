/** A run's step records go in, one at a time, however many; a curve of a bounded number of points comes out. */
import { mergedRecord, type StepRecord } from './step-record.js';

/** When there are so many points, neighbours are merged: more than a screen has pixels for show nothing. */
const MOST_POINTS = 1024;

/** Each point stands for equally many records, a power of two, but the last, which is still being filled. */
export class Curve {
  private readonly full: StepRecord[] = [];
  private open: StepRecord | undefined;
  private held = 0;
  /** records a point */
  private span = 1;

  add(record: StepRecord): void {
    this.open = this.open ? mergedRecord(this.open, record) : record;
    if (++this.held < this.span) return;
    this.full.push(this.open);
    [this.open, this.held] = [undefined, 0];
    if (this.full.length === MOST_POINTS) this.halve();
  }

  private halve(): void {
    for (let i = 0; i < MOST_POINTS / 2; i++) this.full[i] = mergedRecord(this.full[2 * i], this.full[2 * i + 1]);
    this.full.length = MOST_POINTS / 2;
    this.span *= 2;
  }

  /** In the order of steps, at most `MOST_POINTS`. */
  get points(): readonly StepRecord[] {
    return this.open ? [...this.full, this.open] : this.full;
  }
}
