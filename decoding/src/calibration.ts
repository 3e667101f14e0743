/** Words with their raw confidences and whether they were right go in, a map that makes confidences probabilities comes out, and how far off they are. */
import { type ConfidenceMap, logit, mapConfidence } from './confidence-map.js';

export interface JudgedWord {
  /** in (0, 1] */
  confidence: number;
  isRight: boolean;
}

/** The mean distance between confidence and share of right words over bins of equally many words, weighted by their words
 *  (expected calibration error; Naeini et al. 2015, Nguyen and O'Connor 2015 for the bins). 0 without words.
 *  @param bins at most as many as there are words */
export function expectedCalibrationError(words: readonly JudgedWord[], bins = 10): number {
  const sorted = [...words].sort((a, b) => a.confidence - b.confidence);
  const count = Math.min(bins, sorted.length);
  let error = 0;
  for (let bin = 0; bin < count; bin++) {
    const from = Math.floor((bin * sorted.length) / count);
    const to = Math.floor(((bin + 1) * sorted.length) / count);
    let difference = 0;
    for (let i = from; i < to; i++) difference += sorted[i].confidence - (sorted[i].isRight ? 1 : 0);
    error += Math.abs(difference);
  }
  return sorted.length === 0 ? 0 : error / sorted.length;
}

/** Mean of -log of the probability that was given to what was the case (nats); 0 without words. */
export function calibrationLoss(words: readonly JudgedWord[]): number {
  let sum = 0;
  for (const { confidence, isRight } of words) {
    const p = Math.min(Math.max(isRight ? confidence : 1 - confidence, 1e-12), 1);
    sum -= Math.log(p);
  }
  return words.length === 0 ? 0 : sum / words.length;
}

const STEPS = 100;

/** Platt's logistic map by Newton's method, with his targets (Platt 1999), which keep it finite where all words are right.
 *  @param words at least one */
export function fitLogistic(words: readonly JudgedWord[]): ConfidenceMap {
  const right = words.filter(({ isRight }) => isRight).length;
  const wrong = words.length - right;
  const [high, low] = [(right + 1) / (right + 2), 1 / (wrong + 2)];
  const x = words.map(({ confidence }) => logit(confidence));
  const y = words.map(({ isRight }) => (isRight ? high : low));
  const loss = (scale: number, offset: number) =>
    x.reduce((sum, value, i) => {
      const z = scale * value + offset;
      // log(1 + e^z) - y z, without overflow
      return sum + Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - y[i] * z;
    }, 0);
  let [scale, offset] = [0, Math.log((right + 1) / (wrong + 1))];
  let best = loss(scale, offset);
  for (let step = 0; step < STEPS; step++) {
    let [gs, go, ss, so, oo] = [0, 0, 1e-9, 0, 1e-9];
    for (let i = 0; i < x.length; i++) {
      const p = 1 / (1 + Math.exp(-(scale * x[i] + offset)));
      const [d, w] = [p - y[i], p * (1 - p)];
      gs += d * x[i];
      go += d;
      ss += w * x[i] * x[i];
      so += w * x[i];
      oo += w;
    }
    const determinant = ss * oo - so * so;
    const [ds, dbias] = [(oo * gs - so * go) / determinant, (ss * go - so * gs) / determinant];
    let size = 1;
    let found = loss(scale - ds, offset - dbias);
    while (found > best && size > 1e-10) {
      size /= 2;
      found = loss(scale - size * ds, offset - size * dbias);
    }
    if (!(found < best - 1e-12)) break;
    [scale, offset, best] = [scale - size * ds, offset - size * dbias, found];
  }
  // Confidence that tells nothing, or the opposite, is worth the share of right words.
  if (scale < 0) return { kind: 'logistic', scale: 0, offset: Math.log((right + 1) / (wrong + 1)) };
  return { kind: 'logistic', scale, offset };
}

/** The rising map of least squared error, by pooling adjacent violators (Ayer et al. 1955), through the middle of each pool. Wants more words than
 *  the logistic map: some hundred that are wrong.
 *  @param words at least one */
export function fitIsotonic(words: readonly JudgedWord[]): ConfidenceMap {
  const sorted = [...words].sort((a, b) => a.confidence - b.confidence);
  const pools: { confidence: number; right: number; words: number }[] = [];
  for (const { confidence, isRight } of sorted) {
    const pool = { confidence, right: isRight ? 1 : 0, words: 1 };
    // Words of the same confidence are one point.
    for (
      let last = pools.at(-1);
      last &&
      (last.right * pool.words >= pool.right * last.words ||
        last.confidence / last.words >= pool.confidence / pool.words);
      last = pools.at(-1)
    ) {
      pools.pop();
      pool.confidence += last.confidence;
      pool.right += last.right;
      pool.words += last.words;
    }
    pools.push(pool);
  }
  return {
    kind: 'isotonic',
    from: pools.map((pool) => pool.confidence / pool.words),
    to: pools.map((pool) => pool.right / pool.words),
  };
}

export const FITS = { logistic: fitLogistic, isotonic: fitIsotonic } as const;

/** What a map fitted on some words makes of others: each fold's words are mapped by the map of the other folds.
 *  @param folds groups of words that belong together, such as those of an utterance; at least two with words */
export function crossCalibrated(
  folds: readonly (readonly JudgedWord[])[],
  fit: (words: readonly JudgedWord[]) => ConfidenceMap,
): JudgedWord[] {
  return folds.flatMap((fold, held) => {
    const others = folds.flatMap((words, i) => (i === held ? [] : words));
    if (fold.length === 0 || others.length === 0) return [];
    const map = fit(others);
    return fold.map(({ confidence, isRight }) => ({ confidence: mapConfidence(map, confidence), isRight }));
  });
}
