/** The tokens of a hypothesis and when they were emitted go in, its text and its timed words come out. */
import { type TokenTable, textOfTokens, WORD_START } from './tokens.js';

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
  /** geometric mean of its tokens' confidences, in (0, 1] */
  confidence: number;
}

/** What a segment says; times are seconds from the stream's start. */
export interface Hypothesis {
  /** its words with single spaces between them */
  text: string;
  tokens: TokenEmission[];
  words: Word[];
  /** geometric mean of the tokens' confidences; 0 without a token */
  confidence: number;
  /** of the first token, or of the segment where there is none */
  start: number;
  /** of the last token, or the time now where there is none */
  end: number;
}

/** Where a segment stands. */
export interface SegmentClock {
  frameSeconds: number;
  /** first frame of the segment */
  segmentFrame: number;
  /** frames of the stream so far */
  frame: number;
}

export const hypothesisOf = (
  table: TokenTable,
  tokens: TokenEmission[],
  { frameSeconds, segmentFrame, frame }: SegmentClock,
): Hypothesis => ({
  text: textOf(table, tokens),
  tokens,
  words: wordsOf(table, tokens, frameSeconds),
  confidence: geometricMean(tokens.map((token) => token.confidence)),
  start: (tokens[0]?.frame ?? segmentFrame) * frameSeconds,
  end: (tokens.at(-1)?.endFrame ?? frame) * frameSeconds,
});

const geometricMean = (values: number[]) =>
  values.length === 0 ? 0 : Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

const textOf = (table: TokenTable, tokens: TokenEmission[]) =>
  textOfTokens(
    table,
    tokens.map((token) => token.id),
  );

/** Joins tokens to words at the spaces that their symbols start with; a space of its own belongs to no word. */
function wordsOf(table: TokenTable, tokens: TokenEmission[], frameSeconds: number): Word[] {
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
  const words = groups.map((group) => ({
    word: textOf(table, group),
    start: group[0].frame * frameSeconds,
    end: group[group.length - 1].endFrame * frameSeconds,
    confidence: geometricMean(group.map((token) => token.confidence)),
  }));
  // Byte tokens that form no character say nothing.
  return words.filter(({ word }) => word !== '');
}
