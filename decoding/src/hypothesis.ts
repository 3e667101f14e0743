/** The tokens of a hypothesis and when they were emitted go in, its text and its timed words come out. */
import { type ConfidenceMap, mapConfidence } from './confidence-map.js';
import { type TokenTable, textOfTokens, WORD_START } from './tokens.js';
import { correctTimes, type WordTimes } from './word-times.js';

/** A token as it was emitted: frames count from the stream's start. */
export interface TokenEmission {
  id: number;
  /** first frame */
  frame: number;
  /** frame after the last */
  endFrame: number;
  /** geometric mean of the token's probability over its frames, in (0, 1] */
  confidence: number;
}

/** Times are seconds from the stream's start. */
export interface Word {
  word: string;
  start: number;
  end: number;
  /** geometric mean of its tokens' confidences, in (0, 1]; with a map, the probability that the word is right */
  confidence: number;
}

/** What a segment says; times are seconds from the stream's start. */
export interface Hypothesis {
  /** its words with single spaces between them */
  text: string;
  tokens: TokenEmission[];
  words: Word[];
  /** geometric mean of the words' confidences; 0 without a word */
  confidence: number;
  /** of the first word, or of the segment where there is none */
  start: number;
  /** of the last word, or the time now where there is none */
  end: number;
  /** characters of `text` (UTF-16 code units, from its start) that stay as they are whatever follows in the segment; all of a final one */
  stableCharacters: number;
}

/** How frames become seconds and probabilities confidences. */
export interface Timing {
  /** from one output frame of the model to the next */
  frameSeconds: number;
  /** default: words last as long as their tokens are emitted */
  wordTimes?: WordTimes;
  /** default: confidences are geometric means of probabilities */
  confidence?: ConfidenceMap;
}

/** Where a segment stands. */
export interface SegmentClock {
  /** first frame of the segment */
  segmentFrame: number;
  /** frames of the stream so far */
  frame: number;
  /** end of the word before the segment, seconds */
  earliest: number;
}

/** @param stable text that the segment begins with whatever follows; default: all of it
 *  @param said its words, where tokens are sounds; default: as the tokens spell them */
export function hypothesisOf(
  table: TokenTable,
  tokens: TokenEmission[],
  timing: Timing,
  { segmentFrame, frame, earliest }: SegmentClock,
  stable?: string,
  said?: readonly string[],
): Hypothesis {
  const { frameSeconds, wordTimes, confidence } = timing;
  const words = wordsOf(table, tokens, timing, said);
  const latest = Math.max(earliest, frame * frameSeconds);
  if (wordTimes) correctTimes(words, wordTimes, { earliest, latest });
  for (const word of words) word.confidence = mapConfidence(confidence, word.confidence);
  const text = said ? said.join(' ') : textOf(table, tokens);
  return {
    text,
    tokens,
    words,
    confidence: geometricMean(words.map((word) => word.confidence)),
    start: words[0]?.start ?? Math.max(earliest, segmentFrame * frameSeconds),
    end: words.at(-1)?.end ?? latest,
    stableCharacters: stable === undefined ? text.length : sharedLength(text, stable),
  };
}

const geometricMean = (values: number[]) =>
  values.length === 0 ? 0 : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

const textOf = (table: TokenTable, tokens: TokenEmission[]) =>
  textOfTokens(
    table,
    tokens.map((token) => token.id),
  );

/** Joins tokens to words at the spaces that their symbols start with; a space of its own belongs to no word. */
function wordsOf(
  table: TokenTable,
  tokens: TokenEmission[],
  { frameSeconds }: Timing,
  said: readonly string[] | undefined,
): Word[] {
  const groups: TokenEmission[][] = [];
  let open = false;
  for (const token of tokens) {
    const symbol = table.symbols[token.id];
    if (symbol.startsWith(WORD_START)) open = false;
    if (symbol === WORD_START) continue;
    if (!open) groups.push([]);
    open = true;
    groups[groups.length - 1].push(token);
  }
  const words = groups.map((group, i) => ({
    word: said ? said[i] : textOf(table, group),
    start: group[0].frame * frameSeconds,
    end: group[group.length - 1].endFrame * frameSeconds,
    confidence: geometricMean(group.map((token) => token.confidence)),
  }));
  // Byte tokens that form no character say nothing.
  return words.filter(({ word }) => word !== '');
}
