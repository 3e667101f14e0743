/** What was measured goes in, corrections come out with lines that tell what they are good for. */
import {
  type ConfidenceMap,
  calibrationLoss,
  crossCalibrated,
  expectedCalibrationError,
  type JudgedWord,
  mapConfidence,
  type WordTimes,
} from '@auricle/decoding';
import { cliError } from '../errors.js';
import type { SpeechEdges } from './measure.js';
import { median, quantile } from './time-accuracy.js';

const FOLDS = 5;
const ms = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`;

/** Medians, so that a few recordings with noise at an edge do no harm.
 *  @throws AUR_CLI_NOTHING_TO_FIT */
export function fitWordTimes(edges: readonly SpeechEdges[]): { wordTimes: WordTimes; lines: string[] } {
  if (edges.length === 0) throw cliError('AUR_CLI_NOTHING_TO_FIT', { what: 'no recording could be aligned' });
  const line = (name: string, distances: readonly number[], offset: number) => {
    const figures = (list: readonly number[]) => {
      const sizes = list.map(Math.abs);
      return `median error ${ms(median(sizes))}, 90 % within ${ms(quantile(sizes, 0.9))}`;
    };
    const after = distances.map((distance) => distance - offset);
    return `${name}: ${offset.toFixed(3)} s from the model's emission, by ${edges.length} recordings; before ${figures(distances)}; after ${figures(after)}`;
  };
  const starts = edges.map(({ spoken, emitted }) => spoken.start - emitted.start);
  const ends = edges.map(({ spoken, emitted }) => spoken.end - emitted.end);
  const wordTimes = { startOffset: toMilliseconds(median(starts)), endOffset: toMilliseconds(median(ends)) };
  const lines = [line('word start', starts, wordTimes.startOffset), line('word end', ends, wordTimes.endOffset)];
  return { wordTimes, lines };
}

const toMilliseconds = (seconds: number) => Math.round(1000 * seconds) / 1000;

/** A map that does no good to words that it was not fitted on is none.
 *  @param utterances the words of each
 *  @throws AUR_CLI_NOTHING_TO_FIT */
export function fitConfidence(
  utterances: readonly (readonly JudgedWord[])[],
  fit: (words: readonly JudgedWord[]) => ConfidenceMap,
): { map?: ConfidenceMap; line: string } {
  const words = utterances.flat();
  if (words.length === 0) throw cliError('AUR_CLI_NOTHING_TO_FIT', { what: 'no word was heard' });
  const map = fit(words);
  const mapped = words.map((word) => ({ ...word, confidence: mapConfidence(map, word.confidence) }));
  const folds = Array.from({ length: FOLDS }, (_, fold) => utterances.filter((_, i) => i % FOLDS === fold).flat());
  const held = crossCalibrated(folds, fit);
  const right = words.filter(({ isRight }) => isRight).length;
  const figures = (list: readonly JudgedWord[]) =>
    `${expectedCalibrationError(list).toFixed(4)} (loss ${calibrationLoss(list).toFixed(4)})`;
  const helps = calibrationLoss(held) < calibrationLoss(words);
  return {
    map: helps ? rounded(map) : undefined,
    line:
      `${words.length} words, ${right} right; expected calibration error before ${figures(words)}, after ${figures(mapped)}, ` +
      `on words held out ${figures(held)}${helps ? '' : ': no better, so the confidences stay as they are'}`,
  };
}

const rounded = (map: ConfidenceMap): ConfidenceMap => {
  const digits = (value: number) => Number(value.toPrecision(6));
  return map.kind === 'logistic'
    ? { kind: 'logistic', scale: digits(map.scale), offset: digits(map.offset) }
    : { kind: 'isotonic', from: map.from.map(digits), to: map.to.map(digits) };
};
