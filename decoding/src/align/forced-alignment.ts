/** A known text and the log-probs of its recording go in, chunk by chunk; when each of its tokens and words was said comes out: the likeliest
 *  CTC alignment (Viterbi), in memory that grows with the text and the square root of the frames. */
import { encodeText } from '../encode-text.js';
import { DecodingError } from '../errors.js';
import { type Hypothesis, hypothesisOf, type Timing, type TokenEmission } from '../hypothesis.js';
import { type TokenTable, wordsOf } from '../tokens.js';
import { CheckpointedTrellis } from './trellis.js';

/** A log-prob of minus infinity must not make a text impossible. */
const LEAST_LOG_PROB = -1000;

export interface TextAlignment extends Hypothesis {
  /** log-prob of the alignment (nats); divided by the frames it tells how well text and recording fit */
  score: number;
  frames: number;
}

/** Aligns one recording. */
export class ForcedAligner {
  /** tokens of the text */
  private readonly ids: number[];
  /** column of each vocabulary entry that the text needs; the blank is column 0 */
  private readonly columns: Int32Array;
  private readonly used: number[];
  private readonly parts: Float32Array[] = [];
  private frames = 0;

  /** @param text in the model's letters and case
   *  @throws DecodingError AUR_DECODING_UNKNOWN_SYMBOL, AUR_DECODING_PRONUNCIATION */
  constructor(
    private readonly table: TokenTable,
    private readonly text: string,
    private readonly timing: Timing,
  ) {
    this.ids = encodeText(table, text);
    this.used = [...new Set([table.blankId, ...this.ids])];
    this.columns = new Int32Array(table.symbols.length);
    this.used.forEach((id, column) => {
      this.columns[id] = column;
    });
  }

  /** Takes the next frames; of these only what the text needs is kept.
   *  @param logProbs row-major [frames, vocabulary], natural logarithms
   *  @throws DecodingError AUR_DECODING_SHAPE, AUR_DECODING_NAN */
  push(logProbs: Float32Array, frames: number): void {
    const vocabulary = this.table.symbols.length;
    if (logProbs.length !== frames * vocabulary)
      throw new DecodingError('AUR_DECODING_SHAPE', { seen: logProbs.length, frames, vocabulary });
    const part = new Float32Array(frames * this.used.length);
    for (let f = 0, at = 0; f < frames; f++)
      for (const id of this.used) {
        const value = logProbs[f * vocabulary + id];
        if (Number.isNaN(value)) throw new DecodingError('AUR_DECODING_NAN', { frame: this.frames + f, token: id });
        part[at++] = Math.max(value, LEAST_LOG_PROB);
      }
    this.parts.push(part);
    this.frames += frames;
  }

  /** @returns tokens, words, times and confidences as a decoder gives them; the text's words all are there
   *  @throws DecodingError AUR_DECODING_ALIGN_LENGTH where there are fewer frames than tokens */
  finish(): TextAlignment {
    const { ids, frames, table, timing } = this;
    const repeats = ids.filter((id, i) => i > 0 && id === ids[i - 1]).length;
    if (frames < ids.length + repeats)
      throw new DecodingError('AUR_DECODING_ALIGN_LENGTH', { frames, tokens: ids.length, least: ids.length + repeats });
    const { tokens, score } = this.align();
    const clock = { segmentFrame: 0, frame: frames, earliest: 0 };
    const said = table.lexicon && wordsOf(this.text);
    const hypothesis = hypothesisOf(table, tokens, timing, clock, undefined, said);
    return { ...hypothesis, score, frames };
  }

  private align(): { tokens: TokenEmission[]; score: number } {
    const { ids, columns, frames } = this;
    const width = this.used.length;
    const logProbs = new Float32Array(frames * width);
    let at = 0;
    for (const part of this.parts) {
      logProbs.set(part, at);
      at += part.length;
    }
    if (frames === 0) return { tokens: [], score: 0 };
    const trellis = new CheckpointedTrellis(
      { logProbs, width, frames },
      Int32Array.from(ids, (id) => columns[id]),
    );
    const path = trellis.best();
    const tokens: TokenEmission[] = [];
    let score = 0;
    for (let frame = 0; frame < frames; ) {
      const place = path[frame];
      const start = frame;
      let logProb = 0;
      const column = place % 2 === 0 ? 0 : columns[ids[(place - 1) / 2]];
      for (; frame < frames && path[frame] === place; frame++) logProb += logProbs[frame * width + column];
      score += logProb;
      if (place % 2 === 1)
        tokens.push({
          id: ids[(place - 1) / 2],
          frame: start,
          endFrame: frame,
          confidence: Math.exp(logProb / (frame - start)),
        });
    }
    return { tokens, score };
  }
}
