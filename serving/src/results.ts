/** What a stream says: plain records that cross threads and sockets as they are. */
import type { Word, WrittenForm } from '@auricle/decoding';

/** A stretch of speech between pauses; times are seconds from the stream's start. */
export interface Segment {
  /** from 0, counted in finals */
  segment: number;
  text: string;
  start: number;
  end: number;
  /** geometric mean over the tokens, in (0, 1] */
  confidence: number;
  words: Word[];
  isFinal: boolean;
}

/** A chunk's log-probs as they came from the model, for checks against other programs. */
export interface LogProbs {
  /** row-major [frames, vocabulary] */
  values: Float32Array;
  frames: number;
}

export interface Transcript {
  /** the segments' texts, joined by a space */
  text: string;
  segments: Segment[];
  /** without the silence that we append */
  audioSeconds: number;
}

/** The segment as a writer would put it; nothing but its words and text changes. */
export function writtenSegment(segment: Segment, form: WrittenForm): Segment {
  const words = form.apply(segment.words);
  return { ...segment, words, text: words.map(({ word }) => word).join(' ') };
}
