/** A model goes in, its n-grams in columns come out, so that another can be made of them. */
import type { LanguageModel } from './language-model.js';
import type { NgramLevel } from './ngram-level.js';

/** @param keeps whether an n-gram of two words or more is wanted; one whose context is not is not wanted either (default all) */
export function levelsOf(model: LanguageModel, keeps: (ngram: number) => boolean = () => true): NgramLevel[] {
  const { counts, order } = model.shape;
  const levels: NgramLevel[] = [
    levelOf(
      model,
      Uint32Array.from({ length: counts[0] }, (_, word) => word),
      1,
      0,
    ),
  ];
  let contexts = levels[0].words;
  let first = 0;
  for (let k = 1; k < order; k++) {
    const numbers: number[] = [];
    const words = new Uint32Array(counts[k] * (k + 1));
    let size = 0;
    for (let up = 0; up < contexts.length / k; up++) {
      const context = k === 1 ? up : first + up;
      for (let ngram = model.childrenStart(context); ngram < model.childrenEnd(context); ngram++) {
        for (let i = 0; i < k; i++) words[size + i] = contexts[up * k + i];
        words[size + k] = model.lastWord(ngram);
        size += k + 1;
        numbers.push(ngram);
      }
    }
    contexts = words.subarray(0, size);
    first = numbers.length > 0 ? numbers[0] : first;
    levels.push(keep(model, contexts, numbers, k + 1, keeps));
  }
  return levels;
}

function levelOf(model: LanguageModel, words: Uint32Array, order: number, first: number): NgramLevel {
  const count = words.length / order;
  return {
    order,
    count,
    words,
    logProb: Float32Array.from({ length: count }, (_, row) => model.logProbAt(first + row)),
    backoff: Float32Array.from({ length: count }, (_, row) => model.backoffAt(first + row)),
  };
}

function keep(
  model: LanguageModel,
  words: Uint32Array,
  numbers: readonly number[],
  order: number,
  keeps: (ngram: number) => boolean,
): NgramLevel {
  const rows = numbers.map((_, row) => row).filter((row) => keeps(numbers[row]));
  const kept = new Uint32Array(rows.length * order);
  rows.forEach((row, i) => {
    kept.set(words.subarray(row * order, (row + 1) * order), i * order);
  });
  return {
    order,
    count: rows.length,
    words: kept,
    logProb: Float32Array.from(rows, (row) => model.logProbAt(numbers[row])),
    backoff: Float32Array.from(rows, (row) => (model.hasState(numbers[row]) ? model.backoffAt(numbers[row]) : 0)),
  };
}
