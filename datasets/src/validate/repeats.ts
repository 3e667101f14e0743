/** Things go in as 64-bit hashes, which of them came before comes out: 8 bytes a thing, however many there are. */
import { createHash } from 'node:crypto';
import { Column } from '../statistics/column.js';

/** Stands for nothing at all, which repeats nothing. */
export const NO_HASH = 0n;

/** The first 64 bits of SHA-1: among 5 million different things two meet with a probability below 1e-6. */
export const hash64 = (content: string | Uint8Array): bigint =>
  createHash('sha1').update(content).digest().readBigUInt64LE();

export const hashColumn = (): Column<BigUint64Array> => new Column((length) => new BigUint64Array(length));

const NOT_YET = 0xffffffff;

/** Sorting finds the hashes that repeat; only those are kept. */
export class Repeats {
  private readonly repeated: BigUint64Array;
  private readonly firsts: Uint32Array;

  constructor(private readonly hashes: BigUint64Array) {
    const sorted = hashes.slice().sort();
    const repeated = hashColumn();
    for (let i = 1; i < sorted.length; i++)
      if (sorted[i] === sorted[i - 1] && sorted[i] !== NO_HASH && sorted[i] !== sorted[i - 2]) repeated.push(sorted[i]);
    this.repeated = repeated.values();
    this.firsts = new Uint32Array(this.repeated.length).fill(NOT_YET);
    for (let i = 0; i < hashes.length; i++) {
      const at = indexIn(this.repeated, hashes[i]);
      if (at >= 0 && this.firsts[at] === NOT_YET) this.firsts[at] = i;
    }
  }

  /** The first place of what is at `index`, if that is an earlier one. */
  firstOf(index: number): number | undefined {
    const at = indexIn(this.repeated, this.hashes[index]);
    return at >= 0 && this.firsts[at] < index ? this.firsts[at] : undefined;
  }
}

/** Binary search.
 *  @returns -1 where it is not */
export function indexIn(sorted: BigUint64Array, value: bigint): number {
  let [low, high] = [0, sorted.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] === value) return middle;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Sorted, each once, without `NO_HASH`. */
export function distinct(hashes: BigUint64Array): BigUint64Array {
  const sorted = hashes.slice().sort();
  let kept = 0;
  for (let i = 0; i < sorted.length; i++)
    if (sorted[i] !== NO_HASH && (kept === 0 || sorted[i] !== sorted[kept - 1])) sorted[kept++] = sorted[i];
  return sorted.slice(0, kept);
}
