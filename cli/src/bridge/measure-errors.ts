/** A bundle and manifests go in, its word error rate with its interval comes out: greedy, streamed. */
import { type Interval, scoreIntervals, scoreOf, type UtteranceScore } from '@auricle/decoding';
import { bootstrapOf } from '../scoring/options.js';
import { recogniseManifests } from '../scoring/recognise.js';
import { intervalText } from '../scoring/report.js';
import { scoreTexts } from '../scoring/score-texts.js';
import { percent } from '../scoring/table.js';

export interface MeasuredErrors {
  rate: number;
  /** 95 % */
  interval: Interval;
  errors: number;
  words: number;
  utterances: readonly UtteranceScore[];
}

const SCORING = { alignment: 'levenshtein', resamples: 10_000, seed: 1 } as const;

/** @param float its float model where it has an int8 one too */
export async function measureErrors(
  bundle: string,
  float: boolean,
  manifests: readonly string[],
): Promise<MeasuredErrors> {
  const options = { model: bundle, float, server: false, packetMs: 20, hotwordBoost: 0 };
  const { texts } = await recogniseManifests(manifests, options, () => {});
  const { scores } = scoreTexts(texts, SCORING);
  const { words } = scoreOf(scores);
  return {
    rate: words.rate,
    interval: scoreIntervals(scores, bootstrapOf(SCORING)).words,
    errors: words.substitutions + words.insertions + words.deletions,
    words: words.referenceUnits,
    utterances: scores,
  };
}

export const errorsText = ({ rate, interval, errors, words }: MeasuredErrors): string =>
  `${percent(rate)} (${errors} of ${words} words; 95 % interval ${intervalText(interval)})`;

/** @returns change of the rate as a share of the first one's; undefined where that made no error */
export const relativeChange = (before: MeasuredErrors, after: MeasuredErrors): number | undefined =>
  before.errors === 0 ? undefined : after.rate / before.rate - 1;
