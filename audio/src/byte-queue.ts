/** Bytes in pieces of any size go in; as many as are asked for come out, in order. */

/** Views that were handed out keep their contents: the queue writes only behind them. */
export class ByteQueue {
  private buffer: Uint8Array = new Uint8Array(0);
  private ownsBuffer = false;
  private from = 0;
  private to = 0;
  private taken = 0;
  private isEnded = false;

  /** Bytes that wait. */
  get available(): number {
    return this.to - this.from;
  }

  /** Bytes taken so far. */
  get position(): number {
    return this.taken;
  }

  get ended(): boolean {
    return this.isEnded;
  }

  /** Keeps the piece itself where nothing else waits: it must not be changed afterwards. */
  append(piece: Uint8Array): void {
    const waiting = this.available;
    if (waiting === 0) {
      this.buffer = piece;
      this.ownsBuffer = false;
      this.from = 0;
      this.to = piece.length;
      return;
    }
    if (!this.ownsBuffer || this.to + piece.length > this.buffer.length) {
      const grown = new Uint8Array(2 * (waiting + piece.length));
      grown.set(this.peek(waiting));
      this.buffer = grown;
      this.ownsBuffer = true;
      this.from = 0;
      this.to = waiting;
    }
    this.buffer.set(piece, this.to);
    this.to += piece.length;
  }

  /** No more will come. */
  end(): void {
    this.isEnded = true;
  }

  /** The next bytes, fewer where fewer wait. */
  peek(length: number): Uint8Array {
    return this.buffer.subarray(this.from, Math.min(this.from + length, this.to));
  }

  take(length: number): Uint8Array {
    const bytes = this.peek(length);
    this.from += bytes.length;
    this.taken += bytes.length;
    return bytes;
  }
}

/** What a reader yields while it waits for more bytes. */
export type Starved = undefined;

/** Waits for bytes.
 *  @returns false where the input ends before */
export function* bytesThere(queue: ByteQueue, length: number): Generator<Starved, boolean> {
  while (queue.available < length) {
    if (queue.ended) return false;
    yield;
  }
  return true;
}

/** Drops bytes as they come, without keeping them.
 *  @returns false where the input ends before */
export function* skipBytes(queue: ByteQueue, length: number): Generator<Starved, boolean> {
  const end = queue.position + length;
  for (;;) {
    queue.take(end - queue.position);
    if (queue.position === end) return true;
    if (queue.ended) return false;
    yield;
  }
}
