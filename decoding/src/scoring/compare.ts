/** The scores of two systems go in, how far apart they are on the utterances that both have comes out, and whether that is more than chance. */
import { DecodingError } from '../errors.js';
import { type BootstrapOptions, bootstrapIntervals, type Interval } from './bootstrap.js';
import { columnsOf, rateOf } from './columns.js';
import { type MatchedPairs, matchedPairs } from './matched-pairs.js';
import { type Score, scoreOf, type UtteranceScore } from './score.js';

export interface Comparison {
  /** that both systems have */
  utterances: number;
  /** ids that only one has; those are not compared */
  onlyFirst: string[];
  onlySecond: string[];
  first: Score;
  second: Score;
  /** word error rate of the second less that of the first: below 0 the second errs less */
  difference: number;
  /** of the difference, both systems on the same drawn utterances */
  interval: Interval;
  /** share of the drawn sets on which the second errs less, half of those on which both err alike included (Bisani and Ney's probability of improvement) */
  improvement: number;
  test: MatchedPairs;
}

/** Utterances are matched by their ids, of which a system has each once.
 *  @throws AUR_DECODING_NOT_SHARED where the systems share none, AUR_DECODING_REFERENCES where they have other references of one */
export function compareScores(
  first: readonly UtteranceScore[],
  second: readonly UtteranceScore[],
  options: BootstrapOptions,
): Comparison {
  const secondById = new Map(second.map((utterance) => [utterance.id, utterance]));
  const firstIds = new Set(first.map(({ id }) => id));
  const shared = first.filter(({ id }) => secondById.has(id));
  const partners = shared.map(({ id }) => secondById.get(id)!);
  if (shared.length === 0)
    throw new DecodingError('AUR_DECODING_NOT_SHARED', {
      first: named(first),
      second: named(second),
    });
  const test = matchedPairs(shared, partners);
  const scores = { first: scoreOf(shared), second: scoreOf(partners) };
  const columns = [shared, partners].map((scored) => columnsOf(scored.map(({ words }) => words)));
  let better = 0;
  const [interval] = bootstrapIntervals(
    shared.length,
    (drawn) => {
      const difference = rateOf(columns[1], drawn) - rateOf(columns[0], drawn);
      better += difference < 0 ? 1 : difference === 0 ? 0.5 : 0;
      return [difference];
    },
    options,
  );
  return {
    utterances: shared.length,
    onlyFirst: first.filter(({ id }) => !secondById.has(id)).map(({ id }) => id),
    onlySecond: second.filter(({ id }) => !firstIds.has(id)).map(({ id }) => id),
    ...scores,
    difference: scores.second.words.rate - scores.first.words.rate,
    interval,
    improvement: better / options.resamples,
    test,
  };
}

const named = ([utterance, ...more]: readonly UtteranceScore[]): string =>
  utterance === undefined ? 'none' : `"${utterance.id}"${more.length > 0 ? ` and ${more.length} more` : ''}`;
