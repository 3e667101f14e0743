/** Judged words go in, how well their confidences tell right from wrong comes out. */
import { expectedCalibrationError, type JudgedWord } from '@auricle/decoding';

export interface ConfidenceFigures {
  words: number;
  /** shares in [0, 1] */
  right: number;
  meanConfidence: number;
  expectedCalibrationError: number;
}

/** undefined without words */
export function calibrationOf(words: readonly JudgedWord[]): ConfidenceFigures | undefined {
  if (words.length === 0) return undefined;
  const mean = (value: (word: JudgedWord) => number) =>
    words.reduce((sum, word) => sum + value(word), 0) / words.length;
  return {
    words: words.length,
    right: mean(({ isRight }) => (isRight ? 1 : 0)),
    meanConfidence: mean(({ confidence }) => confidence),
    expectedCalibrationError: expectedCalibrationError(words),
  };
}

export const calibrationLine = (figures: ConfidenceFigures): string =>
  `confidence: ${figures.meanConfidence.toFixed(4)} on average where ${figures.right.toFixed(4)} of ${figures.words} words are right; ` +
  `expected calibration error ${figures.expectedCalibrationError.toFixed(4)}`;
