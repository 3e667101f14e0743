/** The bytes of a stream that another connection would have to send again: they go in at the end and leave from the start. */

/** Positions count bytes from the stream's start. */
export class UnsettledAudio {
  private readonly pieces: { at: number; bytes: Uint8Array<ArrayBuffer> }[] = [];
  private first = 0;
  private last = 0;

  /** Position of the oldest byte that is kept. */
  get start(): number {
    return this.first;
  }

  /** Position after the newest. */
  get end(): number {
    return this.last;
  }

  append(bytes: Uint8Array<ArrayBuffer>): void {
    if (bytes.length === 0) return;
    this.pieces.push({ at: this.last, bytes });
    this.last += bytes.length;
  }

  /** Forgets what lies before a position. */
  dropTo(position: number): void {
    while (this.pieces.length > 0) {
      const [{ at, bytes }] = this.pieces;
      if (at + bytes.length > position) break;
      this.pieces.shift();
    }
    this.first = Math.max(this.first, Math.min(position, this.last));
  }

  /** Pieces from a position on, none longer than `most` bytes, until there is no more; what is appended meanwhile comes along.
   *  The position must not be forgotten. */
  *from(position: number, most: number): Generator<Uint8Array<ArrayBuffer>> {
    for (let at = position; at < this.last; ) {
      const piece = this.pieceAt(at).subarray(0, most);
      at += piece.length;
      yield piece;
    }
  }

  private pieceAt(position: number): Uint8Array<ArrayBuffer> {
    let low = 0;
    let high = this.pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pieces[middle].at <= position) low = middle;
      else high = middle - 1;
    }
    const { at, bytes } = this.pieces[low];
    return bytes.subarray(position - at);
  }
}
