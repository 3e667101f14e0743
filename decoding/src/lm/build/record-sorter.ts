/** Records of whole numbers go in, they come out sorted, equal ones added up: in memory while they fit, else by runs on disk that are merged. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sortedOrder } from '../radix-sort.js';

export interface SorterOptions {
  /** numbers a record, below 2^32 */
  stride: number;
  /** columns to sort by, the most significant first */
  keys: readonly number[];
  /** column that is added up over records with equal keys; absent: all records stay */
  sum?: number;
  /** bytes of memory to use about */
  memory: number;
  /** folder for runs; one of the system's for temporary files by default */
  folder?: string;
}

/** Sorted records, one after the other: the one at hand is data[at] to data[at + stride - 1]. */
export interface SortedRecords {
  data: Uint32Array;
  at: number;
  /** Goes to the next record, at first to the first; false where there is none. */
  next(): boolean;
}

const FIRST_ROWS = 1024;

export class RecordSorter {
  private rows = 0;
  private buffer: Uint32Array;
  private readonly mostRows: number;
  private folder: string | undefined;
  private readonly runs: string[] = [];

  constructor(private readonly options: SorterOptions) {
    const { stride, memory } = options;
    // The buffer, its sorted copy and two orders of row numbers.
    this.mostRows = Math.max(FIRST_ROWS, Math.floor(memory / (8 * stride + 8)));
    this.buffer = new Uint32Array(FIRST_ROWS * stride);
  }

  /** @param record holds the numbers from its start; they are copied */
  add(record: ArrayLike<number>): void {
    const { stride } = this.options;
    if ((this.rows + 1) * stride > this.buffer.length) this.makeRoom();
    const at = this.rows++ * stride;
    for (let i = 0; i < stride; i++) this.buffer[at + i] = record[i];
  }

  /** Nothing can be added after this. */
  sorted(): SortedRecords {
    const { stride } = this.options;
    if (this.runs.length === 0) return recordsIn(this.sortedBuffer(), stride);
    this.spill();
    this.buffer = new Uint32Array(0);
    const most = Math.max(1, Math.floor(this.options.memory / (4 * stride * (this.runs.length + 1))));
    return new MergedRecords(
      this.runs.map((path) => new RunRecords(path, stride, most)),
      this.options,
    );
  }

  /** Removes what is on disk. */
  close(): void {
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  private makeRoom(): void {
    const { stride } = this.options;
    if (this.rows >= this.mostRows) {
      this.spill();
      return;
    }
    const grown = new Uint32Array(Math.min(2 * this.rows, this.mostRows) * stride);
    grown.set(this.buffer);
    this.buffer = grown;
  }

  private spill(): void {
    this.folder ??= mkdtempSync(join(this.options.folder ?? tmpdir(), 'auricle-sort-'));
    const path = join(this.folder, String(this.runs.length));
    const sorted = this.sortedBuffer();
    const file = openSync(path, 'w');
    const bytes = Buffer.from(sorted.buffer, sorted.byteOffset, sorted.byteLength);
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    closeSync(file);
    this.runs.push(path);
    this.rows = 0;
  }

  private sortedBuffer(): Uint32Array {
    const { stride, keys, sum } = this.options;
    const order = sortedOrder(this.buffer, stride, this.rows, keys);
    const sorted = new Uint32Array(this.rows * stride);
    let size = 0;
    for (const row of order) {
      const from = row * stride;
      if (sum !== undefined && size > 0 && compare(sorted, size - stride, this.buffer, from, keys) === 0)
        sorted[size - stride + sum] += this.buffer[from + sum];
      else {
        for (let i = 0; i < stride; i++) sorted[size + i] = this.buffer[from + i];
        size += stride;
      }
    }
    return sorted.subarray(0, size);
  }
}

function recordsIn(data: Uint32Array, stride: number): SortedRecords {
  return {
    data,
    at: -stride,
    next() {
      this.at += stride;
      return this.at < data.length;
    },
  };
}

/** A run on disk, read piece by piece. */
class RunRecords implements SortedRecords {
  readonly data: Uint32Array;
  at = 0;
  private end = 0;
  private readonly file: number;

  constructor(
    path: string,
    private readonly stride: number,
    rows: number,
  ) {
    this.data = new Uint32Array(rows * stride);
    this.at = -stride;
    this.file = openSync(path, 'r');
  }

  next(): boolean {
    this.at += this.stride;
    if (this.at < this.end) return true;
    const bytes = new Uint8Array(this.data.buffer);
    let read = 0;
    for (let n = -1; n !== 0 && read < bytes.length; read += n)
      n = readSync(this.file, bytes, read, bytes.length - read, null);
    this.end = read / 4;
    this.at = 0;
    if (read === 0) closeSync(this.file);
    return read > 0;
  }
}

/** The least record of several runs, time and again. */
class MergedRecords implements SortedRecords {
  readonly data: Uint32Array;
  readonly at = 0;
  private readonly heap: RunRecords[] = [];

  constructor(
    runs: RunRecords[],
    private readonly options: SorterOptions,
  ) {
    this.data = new Uint32Array(options.stride);
    for (const run of runs) if (run.next()) this.heap.push(run);
    for (let i = this.heap.length >> 1; i >= 0; i--) this.sink(i);
  }

  next(): boolean {
    if (this.heap.length === 0) return false;
    const { stride, keys, sum } = this.options;
    const [first] = this.heap;
    for (let i = 0; i < stride; i++) this.data[i] = first.data[first.at + i];
    this.advance();
    while (
      sum !== undefined &&
      this.heap.length > 0 &&
      compare(this.data, 0, this.heap[0].data, this.heap[0].at, keys) === 0
    ) {
      this.data[sum] += this.heap[0].data[this.heap[0].at + sum];
      this.advance();
    }
    return true;
  }

  private advance(): void {
    if (!this.heap[0].next()) {
      const last = this.heap.pop()!;
      if (this.heap.length === 0) return;
      this.heap[0] = last;
    }
    this.sink(0);
  }

  private sink(from: number): void {
    const { heap } = this;
    const isBefore = (a: number, b: number) =>
      compare(heap[a].data, heap[a].at, heap[b].data, heap[b].at, this.options.keys) < 0;
    for (let at = from; ; ) {
      let down = 2 * at + 1;
      if (down >= heap.length) return;
      if (down + 1 < heap.length && isBefore(down + 1, down)) down++;
      if (!isBefore(down, at)) return;
      [heap[at], heap[down]] = [heap[down], heap[at]];
      at = down;
    }
  }
}

function compare(a: Uint32Array, atA: number, b: Uint32Array, atB: number, keys: readonly number[]): number {
  for (let i = 0; i < keys.length; i++) {
    const difference = a[atA + keys[i]] - b[atB + keys[i]];
    if (difference !== 0) return difference;
  }
  return 0;
}
