/** Candidates with scores go in, the best of them stay: a heap of fixed size whose worst is on top. */

export class BestCandidates {
  /** candidates held */
  size = 0;
  readonly score: Float64Array;
  /** beam that a candidate goes on from */
  readonly source: Int32Array;
  /** token that it adds, or NONE */
  readonly token: Int32Array;

  constructor(private readonly capacity: number) {
    this.score = new Float64Array(capacity);
    this.source = new Int32Array(capacity);
    this.token = new Int32Array(capacity);
  }

  clear(): void {
    this.size = 0;
  }

  /** What a candidate must exceed to stay. */
  get threshold(): number {
    return this.size < this.capacity ? Number.NEGATIVE_INFINITY : this.score[0];
  }

  /** Of equal scores the earlier stays. */
  offer(score: number, source: number, token: number): void {
    if (this.size < this.capacity) {
      let at = this.size++;
      while (at > 0) {
        const up = (at - 1) >> 1;
        if (this.score[up] <= score) break;
        this.copy(up, at);
        at = up;
      }
      this.place(at, score, source, token);
    } else if (score > this.score[0]) this.sink(score, source, token);
  }

  /** Puts a candidate in the place of the worst. */
  private sink(score: number, source: number, token: number): void {
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= this.size) break;
      if (down + 1 < this.size && this.score[down + 1] < this.score[down]) down++;
      if (this.score[down] >= score) break;
      this.copy(down, at);
      at = down;
    }
    this.place(at, score, source, token);
  }

  private copy(from: number, to: number): void {
    this.score[to] = this.score[from];
    this.source[to] = this.source[from];
    this.token[to] = this.token[from];
  }

  private place(at: number, score: number, source: number, token: number): void {
    this.score[at] = score;
    this.source[at] = source;
    this.token[at] = token;
  }
}
