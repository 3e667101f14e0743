/** The n-grams of one order, in columns: what readers and builders hand to the model's layout. */
import { sortedOrder } from './radix-sort.js';

export interface NgramLevel {
  /** words of an n-gram */
  order: number;
  count: number;
  /** row-major [count, order], ids */
  words: Uint32Array;
  /** log10 */
  logProb: Float32Array;
  /** log10; 0 where there is none */
  backoff: Float32Array;
}

/** Grows as n-grams are added. */
export class NgramLevelBuilder {
  private count = 0;
  private words: Uint32Array;
  private logProb: Float32Array;
  private backoff: Float32Array;

  constructor(
    private readonly order: number,
    capacity = 1024,
  ) {
    const rows = Math.max(1, capacity);
    this.words = new Uint32Array(rows * order);
    this.logProb = new Float32Array(rows);
    this.backoff = new Float32Array(rows);
  }

  /** @param words holds the n-gram's ids from `at` on */
  add(words: ArrayLike<number>, at: number, logProb: number, backoff: number): void {
    if (this.count === this.logProb.length) this.grow();
    const row = this.count++;
    for (let i = 0; i < this.order; i++) this.words[row * this.order + i] = words[at + i];
    this.logProb[row] = logProb;
    this.backoff[row] = backoff;
  }

  /** The level as it stands. */
  done(): NgramLevel {
    const { order, count } = this;
    return {
      order,
      count,
      words: this.words.subarray(0, count * order),
      logProb: this.logProb.subarray(0, count),
      backoff: this.backoff.subarray(0, count),
    };
  }

  private grow(): void {
    const capacity = 2 * this.logProb.length;
    const { words, logProb, backoff } = this;
    this.words = new Uint32Array(capacity * this.order);
    this.logProb = new Float32Array(capacity);
    this.backoff = new Float32Array(capacity);
    this.words.set(words);
    this.logProb.set(logProb);
    this.backoff.set(backoff);
  }
}

/** The level sorted by its words, the first word most significant. */
export function sortedLevel({ order, count, words, logProb, backoff }: NgramLevel): NgramLevel {
  const rows = sortedOrder(
    words,
    order,
    count,
    Array.from({ length: order }, (_, i) => i),
  );
  const sorted = {
    order,
    count,
    words: new Uint32Array(count * order),
    logProb: new Float32Array(count),
    backoff: new Float32Array(count),
  };
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    for (let k = 0; k < order; k++) sorted.words[i * order + k] = words[row * order + k];
    sorted.logProb[i] = logProb[row];
    sorted.backoff[i] = backoff[row];
  }
  return sorted;
}

/** Compares the first `length` words of row `a` with those of row `b`. */
export function compareWords(a: NgramLevel, rowA: number, b: NgramLevel, rowB: number, length: number): number {
  for (let i = 0; i < length; i++) {
    const difference = a.words[rowA * a.order + i] - b.words[rowB * b.order + i];
    if (difference !== 0) return difference;
  }
  return 0;
}
