import {
  type ConfidenceMap,
  calibrationLoss,
  checkConfidenceMap,
  crossCalibrated,
  expectedCalibrationError,
  fitIsotonic,
  fitLogistic,
  type JudgedWord,
  mapConfidence,
  planDecoding,
} from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const judged = fc.array(
  fc.record({ confidence: fc.double({ min: 0.001, max: 1, noNaN: true }), isRight: fc.boolean() }),
  { minLength: 1, maxLength: 60 },
);
const mapped = (map: ConfidenceMap, words: readonly JudgedWord[]) =>
  words.map(({ confidence, isRight }) => ({ confidence: mapConfidence(map, confidence), isRight }));
/** Squared error of the probabilities. */
const brier = (words: readonly JudgedWord[]) =>
  words.reduce((sum, { confidence, isRight }) => sum + (confidence - (isRight ? 1 : 0)) ** 2, 0);

/** A generator that is the same on every run: words whose true probability is sigmoid(scale * logit(confidence) + offset). */
function simulated(count: number, scale: number, offset: number): JudgedWord[] {
  let state = 12345;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const confidence = uniform();
    const truth = 1 / (1 + Math.exp(-(scale * Math.log(confidence / (1 - confidence)) + offset)));
    return { confidence, isRight: uniform() < truth };
  });
}

describe('expectedCalibrationError', () => {
  it('is the distance between confidence and truth, bin by bin', () => {
    const words = [0.2, 0.2, 0.9, 0.9].map((confidence, i) => ({ confidence, isRight: i >= 2 }));
    // Two bins of two words: |0.2 - 0| and |0.9 - 1|.
    expect(expectedCalibrationError(words, 2)).toBeCloseTo((2 * 0.2 + 2 * 0.1) / 4, 12);
    expect(expectedCalibrationError(words, 1)).toBeCloseTo(0.05, 12);
    expect(expectedCalibrationError([])).toBe(0);
  });

  it('is 0 of certainty that is right and 1 of certainty that is wrong', () => {
    expect(expectedCalibrationError([{ confidence: 1, isRight: true }])).toBe(0);
    expect(expectedCalibrationError([{ confidence: 1, isRight: false }])).toBe(1);
  });
});

describe('fitLogistic', () => {
  it('finds the map that made the words', () => {
    const words = simulated(20_000, 0.5, 1);
    const map = fitLogistic(words);
    expect(map).toMatchObject({ kind: 'logistic' });
    if (map.kind !== 'logistic') return;
    expect(map.scale).toBeCloseTo(0.5, 1);
    expect(map.offset).toBeCloseTo(1, 1);
    expect(expectedCalibrationError(words)).toBeGreaterThan(0.1);
    expect(expectedCalibrationError(mapped(map, words))).toBeLessThan(0.015);
  });

  it('is never worse than the share of right words for all, and rises', () => {
    fc.assert(
      fc.property(judged, (words) => {
        const map = fitLogistic(words);
        checkConfidenceMap('map', map);
        const share = words.filter(({ isRight }) => isRight).length / words.length;
        const targets = (list: readonly JudgedWord[]) => calibrationLoss(list);
        // Platt's targets hold back by about one word of each kind.
        const level = words.map(({ isRight }) => ({ confidence: Math.min(Math.max(share, 1e-9), 1), isRight }));
        expect(targets(mapped(map, words)) * words.length).toBeLessThan(targets(level) * words.length + 3);
        expect(mapConfidence(map, 0.3)).toBeLessThanOrEqual(mapConfidence(map, 0.6));
      }),
    );
  });

  it('stays finite where all words are right', () => {
    const map = fitLogistic([0.5, 0.9, 0.99].map((confidence) => ({ confidence, isRight: true })));
    expect(mapConfidence(map, 0.9)).toBeGreaterThan(0.6);
    expect(mapConfidence(map, 0.9)).toBeLessThan(1);
  });
});

describe('fitIsotonic', () => {
  it('pools neighbours that fall', () => {
    const words = [
      [0.1, false],
      [0.2, true],
      [0.3, false],
      [0.4, true],
      [0.4, true],
    ].map(([confidence, isRight]) => ({ confidence, isRight }) as JudgedWord);
    const map = fitIsotonic(words);
    expect(map).toEqual({ kind: 'isotonic', from: [0.1, 0.25, 0.4], to: [0, 0.5, 1] });
    expect(mapConfidence(map, 0.175)).toBeCloseTo(0.25, 12);
    expect(mapConfidence(map, 0.99)).toBe(1);
  });

  it('is the best rising map: no step of the pools can be moved to a smaller squared error', () => {
    fc.assert(
      fc.property(judged, fc.integer(), fc.double({ min: -0.2, max: 0.2, noNaN: true }), (words, at, by) => {
        const map = fitIsotonic(words);
        checkConfidenceMap('map', map);
        if (map.kind !== 'isotonic') return;
        // Values at the words themselves, as steps: pools are runs of the sorted words.
        const sorted = [...words].sort((a, b) => a.confidence - b.confidence);
        const stepOf = (to: number[]) =>
          sorted.map((word) => {
            let nearest = 0;
            map.from.forEach((value, i) => {
              if (Math.abs(value - word.confidence) < Math.abs(map.from[nearest] - word.confidence)) nearest = i;
            });
            return { ...word, confidence: to[nearest] };
          });
        if (map.from.length === sorted.length) {
          const moved = [...map.to];
          const i = Math.abs(at) % moved.length;
          moved[i] = Math.min(Math.max(moved[i] + by, moved[i - 1] ?? 0), moved[i + 1] ?? 1);
          expect(brier(stepOf(map.to))).toBeLessThanOrEqual(brier(stepOf(moved)) + 1e-9);
        }
        const share = words.filter(({ isRight }) => isRight).length / words.length;
        expect(map.to[0]).toBeLessThanOrEqual(share + 1e-9);
        expect(map.to.at(-1)).toBeGreaterThanOrEqual(share - 1e-9);
      }),
    );
  });
});

describe('crossCalibrated', () => {
  it('maps each fold by what the others taught', () => {
    const folds = [
      [{ confidence: 0.5, isRight: true }],
      [{ confidence: 0.5, isRight: false }],
      [{ confidence: 0.5, isRight: false }],
    ];
    const levels = crossCalibrated(folds, fitIsotonic).map(({ confidence }) => confidence);
    expect(levels).toEqual([1e-4, 0.5, 0.5]);
  });
});

describe('checkConfidenceMap', () => {
  it.each([
    [{ kind: 'logistic', scale: -1, offset: 0 }, 'decoding.confidence.beam.scale: seen -1'],
    [{ kind: 'logistic', scale: 1, offset: Number.NaN }, 'decoding.confidence.beam.offset: seen NaN'],
    [{ kind: 'isotonic', from: [], to: [] }, 'decoding.confidence.beam.to: seen 0 values'],
    [{ kind: 'isotonic', from: [0.1, 0.1], to: [0, 1] }, 'decoding.confidence.beam.from[1]: seen 0.1'],
    [{ kind: 'isotonic', from: [0.1, 0.2], to: [0.5, 0.4] }, 'decoding.confidence.beam.to[1]: seen 0.4'],
    [{ kind: 'spline' }, 'decoding.confidence.beam.kind: seen spline'],
  ])('refuses %j', (map, message) => {
    const table = { symbols: ['<blk>', 'a'], blankId: 0 };
    expect(() => planDecoding(table, { confidence: { beam: map as ConfidenceMap } })).toThrow(message);
  });
});
