/** A seed goes in, repeatable random numbers come out. */

/** Mixes numbers to one 32-bit seed, so that every (run, epoch, example) has a stream of its own; fractions are dropped. (MurmurHash3's finaliser.) */
export function forkSeed(seed: number, ...numbers: number[]): number {
  let hash = 0x9e3779b9;
  for (const number of [seed, ...numbers]) {
    hash = Math.imul(hash ^ (number | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** Four 32-bit words. */
export type RandomState = readonly [number, number, number, number];

/** sfc32 (Chris Doty-Humphrey's Small Fast Counter): 128 bits of state. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(seed: number) {
    [this.a, this.b, this.c] = [1, 2, 3].map((n) => forkSeed(seed, n));
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** All of it: a generator given this state goes on where this one stands. */
  get state(): RandomState {
    return [this.a, this.b, this.c, this.counter];
  }

  set state(state: RandomState) {
    [this.a, this.b, this.c, this.counter] = state;
  }

  private bits(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }

  /** A whole number from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  /** Standard normal (Box & Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
    }
    return shuffled;
  }
}
