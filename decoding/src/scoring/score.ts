/** What was said and what was heard in each utterance go in; error rates, their intervals and a score of every utterance come out. */
import { type Alignment, type AlignmentKind, alignWords, countEdits, type EditCounts } from './align.js';
import { type BootstrapOptions, bootstrapIntervals, type Interval } from './bootstrap.js';
import { columnsOf, rateOf } from './columns.js';
import {
  characterUnits,
  type ErrorRate,
  errorRateOf,
  ratio,
  referenceUnits,
  type TextPair,
  wordUnits,
} from './error-rate.js';

export interface TranscribedUtterance extends TextPair {
  /** of this utterance alone */
  id: string;
  speaker?: string;
}

export interface UtteranceScore extends TranscribedUtterance {
  words: Alignment;
  characters: EditCounts;
}

export interface Score {
  words: ErrorRate;
  characters: ErrorRate;
  /** share of the utterances that have an error */
  sentenceErrorRate: number;
}

export interface ScoreIntervals {
  words: Interval;
  characters: Interval;
  sentences: Interval;
}

/** @param kind of the alignment of words and of characters */
export const scoreUtterance = (utterance: TranscribedUtterance, kind?: AlignmentKind): UtteranceScore => ({
  ...utterance,
  words: alignWords(wordUnits(utterance.reference), wordUnits(utterance.hypothesis), kind),
  characters: countEdits(characterUnits(utterance.reference), characterUnits(utterance.hypothesis), kind),
});

/** Over all utterances together. */
export function scoreOf(utterances: readonly UtteranceScore[]): Score {
  const words = errorRateOf(utterances.map((utterance) => utterance.words));
  return {
    words,
    characters: errorRateOf(utterances.map(({ characters }) => characters)),
    sentenceErrorRate: ratio(words.utterances - words.exact, words.utterances),
  };
}

/** @param utterances at least one */
export function scoreIntervals(utterances: readonly UtteranceScore[], options: BootstrapOptions): ScoreIntervals {
  const words = columnsOf(utterances.map((utterance) => utterance.words));
  const characters = columnsOf(utterances.map((utterance) => utterance.characters));
  const sentences = {
    edits: words.edits.map((edits) => Math.min(edits, 1)),
    units: new Float64Array(utterances.length).fill(1),
  };
  const [ofWords, ofCharacters, ofSentences] = bootstrapIntervals(
    utterances.length,
    (drawn) => [rateOf(words, drawn), rateOf(characters, drawn), rateOf(sentences, drawn)],
    options,
  );
  return { words: ofWords, characters: ofCharacters, sentences: ofSentences };
}

/** The utterances of each group, in the order in which the groups first appear. */
export function groupScores<K>(
  utterances: readonly UtteranceScore[],
  groupOf: (utterance: UtteranceScore) => K,
): Map<K, Score> {
  const groups = new Map<K, UtteranceScore[]>();
  for (const utterance of utterances) {
    const key = groupOf(utterance);
    const group = groups.get(key);
    if (group) group.push(utterance);
    else groups.set(key, [utterance]);
  }
  return new Map([...groups].map(([key, members]) => [key, scoreOf(members)]));
}

/** Groups of references of like length: 0, 1, 2 to 3, 4 to 7, 8 to 15, ... words; shortest first. */
export function scoresByLength(utterances: readonly UtteranceScore[]): (Score & { from: number; to: number })[] {
  const powerOf = ({ words }: UtteranceScore) => 32 - Math.clz32(referenceUnits(words));
  return [...groupScores(utterances, powerOf)]
    .sort(([a], [b]) => a - b)
    .map(([power, score]) => ({
      from: power === 0 ? 0 : 2 ** (power - 1),
      to: power === 0 ? 0 : 2 ** power - 1,
      ...score,
    }));
}
