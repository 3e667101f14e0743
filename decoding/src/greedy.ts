/** Log-probs of a stream go in chunk by chunk, the best token of every frame with repeats collapsed comes out as timed words. */
import { DecodingError } from './errors.js';
import { type Hypothesis, hypothesisOf, type Timing, type TokenEmission } from './hypothesis.js';
import type { SegmentBorder, StreamDecoder } from './stream-decoder.js';
import type { TokenTable } from './tokens.js';

interface OpenToken {
  id: number;
  frame: number;
  endFrame: number;
  logProb: number;
}

/** Decodes one stream. Tokens that were heard stay: the text only grows. */
export class GreedyDecoder implements StreamDecoder {
  private emitted: OpenToken[] = [];
  /** best token of the last frame */
  private previous: number;
  private frame = 0;
  private segmentFrame = 0;
  /** frame after the last one that was not blank */
  private silentSince = 0;
  /** end of the word before the segment, seconds */
  private earliest = 0;
  /** A decoder without a language model cannot tell whether a sentence may end. */
  readonly relativeCost = Number.POSITIVE_INFINITY;

  constructor(
    private readonly tokens: TokenTable,
    private readonly timing: Timing,
  ) {
    this.previous = tokens.blankId;
  }

  /** Takes the next frames; a token that goes on over the border of two chunks stays one token.
   *  @param logProbs row-major [frames, vocabulary]
   *  @throws DecodingError AUR_DECODING_SHAPE, AUR_DECODING_NAN; the stream cannot go on after these */
  push(logProbs: Float32Array, frames: number): void {
    const vocabulary = this.tokens.symbols.length;
    if (logProbs.length !== frames * vocabulary)
      throw new DecodingError('AUR_DECODING_SHAPE', { seen: logProbs.length, frames, vocabulary });
    for (let f = 0; f < frames; f++) this.pushFrame(logProbs, f * vocabulary, vocabulary);
  }

  private pushFrame(logProbs: Float32Array, row: number, vocabulary: number): void {
    let best = 0;
    for (let v = 0; v < vocabulary; v++) {
      const value = logProbs[row + v];
      if (Number.isNaN(value)) throw new DecodingError('AUR_DECODING_NAN', { frame: this.frame, token: v });
      if (value > logProbs[row + best]) best = v;
    }
    if (best !== this.tokens.blankId) {
      const logProb = logProbs[row + best];
      const open = this.emitted.at(-1);
      if (best !== this.previous) {
        this.emitted.push({ id: best, frame: this.frame, endFrame: this.frame + 1, logProb });
      } else if (open) {
        open.endFrame = this.frame + 1;
        open.logProb += logProb;
      }
      this.silentSince = this.frame + 1;
    }
    this.previous = best;
    this.frame++;
  }

  /** Starts a new segment: its tokens are forgotten, time goes on. A token that goes on over the border stays in the old segment. */
  reset(): void {
    if (this.hasTokens) this.earliest = this.result().end;
    this.emitted = [];
    this.segmentFrame = this.frame;
    this.silentSince = this.frame;
  }

  get border(): SegmentBorder {
    return { frame: this.frame, earliest: this.earliest, token: this.previous };
  }

  resume({ frame, earliest, token }: SegmentBorder): void {
    this.frame = frame;
    this.segmentFrame = frame;
    this.silentSince = frame;
    this.earliest = earliest;
    this.previous = token ?? this.tokens.blankId;
  }

  /** Whether the segment has a token. */
  get hasTokens(): boolean {
    return this.emitted.length > 0;
  }

  /** Frames of the segment since its last token, or since its start. */
  get trailingBlankFrames(): number {
    return this.frame - this.silentSince;
  }

  get trailingBlankSeconds(): number {
    return this.trailingBlankFrames * this.timing.frameSeconds;
  }

  /** Seconds of the segment so far. */
  get segmentSeconds(): number {
    return (this.frame - this.segmentFrame) * this.timing.frameSeconds;
  }

  /** What the segment says so far. */
  result(): Hypothesis {
    const tokens = this.emitted.map(
      ({ id, frame, endFrame, logProb }): TokenEmission => ({
        id,
        frame,
        endFrame,
        confidence: Math.exp(logProb / (endFrame - frame)),
      }),
    );
    const { segmentFrame, frame, earliest } = this;
    return hypothesisOf(this.tokens, tokens, this.timing, { segmentFrame, frame, earliest });
  }

  /** The one text that it follows. */
  nBest(): Hypothesis[] {
    return [this.result()];
  }
}
