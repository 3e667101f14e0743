/** What a stream says: plain records that cross threads and sockets as they are. */
import type { Word, WrittenForm } from '@auricle/decoding';

/** A stretch of speech between pauses; times are seconds from the stream's start. */
export interface Segment {
  /** from 0, counted in finals */
  segment: number;
  text: string;
  start: number;
  end: number;
  /** geometric mean over the words, in (0, 1] */
  confidence: number;
  words: Word[];
  /** characters of `text` (UTF-16 code units, from its start) that later results of the segment have too; all of a final one */
  stableCharacters: number;
  /** the likeliest texts, the best first, which is this one's; only where they were asked for */
  alternatives?: Alternative[];
  isFinal: boolean;
}

/** Texts of a segment that may be asked for. */
export const MOST_ALTERNATIVES = 100;
/** Audio that a stream may be told again to remember: what lies longer ago is no use to a model. */
export const MOST_HEARD_SECONDS = 60;

/** What else a segment may say. */
export type Alternative = Pick<Segment, 'text' | 'start' | 'end' | 'confidence' | 'words'>;

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

/** The segment as a writer would put it; nothing but its words and texts changes. As long as it grows nothing of it is stable: the next word may
 *  turn "twenty" into "21". */
export function writtenSegment(segment: Segment, form: WrittenForm): Segment {
  const { words, text } = written(segment.words, form);
  const alternatives = segment.alternatives?.map((other) => ({ ...other, ...written(other.words, form) }));
  const stableCharacters = segment.isFinal ? text.length : 0;
  return { ...segment, words, text, stableCharacters, ...(alternatives && { alternatives }) };
}

function written(spoken: readonly Word[], form: WrittenForm): { words: Word[]; text: string } {
  const words = form.apply(spoken);
  return { words, text: words.map(({ word }) => word).join(' ') };
}
