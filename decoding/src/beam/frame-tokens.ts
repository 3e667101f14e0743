/** A frame's log-probs go in, the tokens worth a look come out, the likeliest first. */
import { DecodingError } from '../errors.js';

export class FrameTokens {
  /** tokens chosen */
  size = 0;
  readonly ids: Int32Array;
  readonly logProbs: Float64Array;

  /** @param most tokens chosen
   *  @param least log-prob of a token chosen; the likeliest is chosen whatever it has */
  constructor(
    private readonly most: number,
    private readonly least: number,
    private readonly blankId: number,
  ) {
    this.ids = new Int32Array(most);
    this.logProbs = new Float64Array(most);
  }

  /** Chooses among all tokens but the blank.
   *  @throws DecodingError AUR_DECODING_NAN */
  choose(logProbs: Float32Array, row: number, vocabulary: number, frame: number): void {
    let best = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < vocabulary; v++) {
      const value = logProbs[row + v];
      if (Number.isNaN(value)) throw new DecodingError('AUR_DECODING_NAN', { frame, token: v });
      if (value > best && v !== this.blankId) best = value;
    }
    const least = Math.min(this.least, best);
    this.size = 0;
    for (let v = 0; v < vocabulary; v++) {
      const value = logProbs[row + v];
      if (value >= least && v !== this.blankId && value !== Number.NEGATIVE_INFINITY) this.insert(v, value);
    }
  }

  /** Of equal log-probs the lower id comes first. */
  private insert(id: number, logProb: number): void {
    let at = this.size;
    if (at === this.most) {
      if (logProb <= this.logProbs[at - 1]) return;
      at--;
    } else this.size++;
    while (at > 0 && this.logProbs[at - 1] < logProb) {
      this.logProbs[at] = this.logProbs[at - 1];
      this.ids[at] = this.ids[at - 1];
      at--;
    }
    this.ids[at] = id;
    this.logProbs[at] = logProb;
  }
}
