/** Log-probs and a sequence of tokens go in, the place of the likeliest path in every frame comes out.
 *
 *  Places are blank, token, blank, token, ..., blank. All frames' back-pointers of a long recording would not fit into memory, so a first pass keeps the
 *  scores at the borders of blocks, and the blocks are then gone through again from the last to the first, with back-pointers for one at a time. */

/** Back-pointers (a byte for a blank, the token after it and a frame) that are kept at a time before blocks are worth their second pass. */
const WHOLE_BYTES = 16 * 2 ** 20;

export interface TrellisLogProbs {
  /** row-major [frames, width]; column 0 is the blank */
  logProbs: Float32Array;
  width: number;
  /** at least 1 */
  frames: number;
}

export class CheckpointedTrellis {
  private readonly places: number;
  /** whether a token may follow the one before it without a blank */
  private readonly skips: Uint8Array;
  private now: Float64Array;
  private next: Float64Array;
  private readonly blockFrames: number;

  /** @param columns of the tokens; fewer than there are frames, with a frame more for each that repeats
   *  @param wholeBytes of back-pointers that are kept at a time */
  constructor(
    private readonly input: TrellisLogProbs,
    private readonly columns: Int32Array,
    wholeBytes = WHOLE_BYTES,
  ) {
    const { frames } = input;
    this.places = 2 * columns.length + 1;
    this.skips = Uint8Array.from(columns, (column, i) => (i > 0 && column !== columns[i - 1] ? 1 : 0));
    this.now = new Float64Array(this.places);
    this.next = new Float64Array(this.places);
    const bytes = columns.length + 1;
    // A border costs 8 bytes a place, a frame of a block half a byte: together they are least at this length.
    this.blockFrames = frames * bytes <= wholeBytes ? frames : Math.ceil(Math.sqrt(16 * frames));
  }

  /** @returns place of each frame; of equally likely paths one that moves on early */
  best(): Int32Array {
    const { places, blockFrames } = this;
    const { frames } = this.input;
    const blocks = Math.ceil(frames / blockFrames);
    const borders: Float64Array[] = [];
    this.now.fill(Number.NEGATIVE_INFINITY);
    this.next.fill(Number.NEGATIVE_INFINITY);
    // Before the first frame a path may be at the first blank, or about to enter the first token.
    this.now[0] = 0;
    for (let block = 0; block < blocks - 1; block++) {
      borders.push(this.now.slice());
      this.pass(block * blockFrames, (block + 1) * blockFrames);
    }
    const rowBytes = (places + 1) / 2;
    const moves = new Uint8Array(rowBytes * Math.min(blockFrames, frames));
    const path = new Int32Array(frames);
    let place = -1;
    for (let block = blocks - 1; block >= 0; block--) {
      const border = borders[block];
      if (border && block < blocks - 1) {
        this.now.set(border);
        this.next.fill(Number.NEGATIVE_INFINITY);
      }
      const from = block * blockFrames;
      const to = Math.min(frames, from + blockFrames);
      this.pass(from, to, moves);
      if (place < 0) place = places > 1 && this.now[places - 2] > this.now[places - 1] ? places - 2 : places - 1;
      for (let frame = to - 1; frame >= from; frame--) {
        path[frame] = place;
        const pair = moves[(frame - from) * rowBytes + (place >> 1)];
        place -= place % 2 === 0 ? pair & 1 : pair >> 1;
      }
    }
    return path;
  }

  /** Goes through the frames from `from` to before `to`; only places that can be reached from the first and can still reach the last are looked at.
   *  @param moves takes how many places back the best paths came from: of a blank in bit 0, of the token after it above that */
  private pass(from: number, to: number, moves?: Uint8Array): void {
    const { places, columns, skips } = this;
    const { logProbs, width, frames } = this.input;
    const tokens = columns.length;
    for (let frame = from; frame < to; frame++) {
      const { now, next } = this;
      // Pairs of a blank and a token; the last blank has none.
      const low = Math.max(0, (places - 2 * (frames - frame)) >> 1);
      const high = Math.min(tokens, frame);
      const row = frame * width;
      const blank = logProbs[row];
      const out = (frame - from) * (tokens + 1);
      let before = low === 0 ? Number.NEGATIVE_INFINITY : now[2 * low - 1];
      for (let i = low; i <= high; i++) {
        const stay = now[2 * i];
        let pair = 0;
        let best = stay;
        if (before > best) {
          best = before;
          pair = 1;
        }
        next[2 * i] = best + blank;
        if (i < tokens) {
          const token = now[2 * i + 1];
          best = token;
          let move = 0;
          if (stay > best) {
            best = stay;
            move = 2;
          }
          if (skips[i] === 1 && before > best) {
            best = before;
            move = 4;
          }
          next[2 * i + 1] = best + logProbs[row + columns[i]];
          before = token;
          pair |= move;
        }
        if (moves) moves[out + i] = pair;
      }
      this.now = next;
      this.next = now;
    }
  }
}
