/** Numbers go in one by one, a typed array of all of them comes out: a field of millions of lines in a few bytes a line. */

type Numbers = Float32Array | Float64Array | Uint32Array | BigUint64Array;

export class Column<T extends Numbers> {
  private array: T;
  private count = 0;

  /** @param make for example `(n) => new Float32Array(n)` */
  constructor(private readonly make: (length: number) => T) {
    this.array = make(1024);
  }

  get length(): number {
    return this.count;
  }

  push(value: T[number]): void {
    if (this.count === this.array.length) {
      const larger = this.make(2 * this.count);
      larger.set(this.array as never);
      this.array = larger;
    }
    this.array[this.count++] = value;
  }

  at(index: number): T[number] {
    return this.array[index];
  }

  /** What was pushed so far; not a copy. */
  values(): T {
    return this.array.subarray(0, this.count) as T;
  }
}
