/** What every decoder of a stream does: log-probs go in chunk by chunk, what the segment says comes out at any time. */
import type { Hypothesis } from './hypothesis.js';

/** What goes over from one segment to the next: a decoder that takes it up decodes the rest of a stream as the one that gave it would. */
export interface SegmentBorder {
  /** frames of the stream so far */
  frame: number;
  /** end of the word before the border, seconds */
  earliest: number;
  /** that goes on over the border; undefined where none was heard */
  token?: number;
  /** scores of ending in a blank or in the token, over all alignments and of the best; of a beam */
  scores?: [blank: number, token: number, bestBlank: number, bestToken: number];
}

export interface StreamDecoder {
  /** Takes the next frames.
   *  @param logProbs row-major [frames, vocabulary], natural logarithms
   *  @throws DecodingError AUR_DECODING_SHAPE, AUR_DECODING_NAN; the stream cannot go on after these */
  push(logProbs: Float32Array, frames: number): void;
  /** What the segment says so far.
   *  @param isFinal whether nothing follows in this segment: its last word and its end are then scored too */
  result(isFinal?: boolean): Hypothesis;
  /** The likeliest texts: at least one, at most `most`, all different. The first is that of `result`, the others follow by their likelihood. */
  nBest(most: number, isFinal?: boolean): Hypothesis[];
  /** Starts a new segment: its tokens are forgotten, time goes on. A token that goes on over the border stays in the old segment. */
  reset(): void;
  /** What goes over, right after `reset`. */
  readonly border: SegmentBorder;
  /** Takes up a stream at a border that a decoder of the same kind gave; before anything is pushed. */
  resume(border: SegmentBorder): void;
  /** Whether the segment has a token. */
  readonly hasTokens: boolean;
  /** Frames of the segment since its last token, or since its start. */
  readonly trailingBlankFrames: number;
  readonly trailingBlankSeconds: number;
  /** Seconds of the segment so far. */
  readonly segmentSeconds: number;
  /** How much less likely the segment is if its sentence ends here than if it goes on, at least 0 (nats); infinite where there is no
   *  language model to tell. */
  readonly relativeCost: number;
}
