/** Adjusted counts of every order go in, smoothed log-probs and back-offs come out: interpolated modified Kneser-Ney, as KenLM's lmplz computes it. */
import { compareWords, type NgramLevel } from '../ngram-level.js';
import { sortedOrder } from '../radix-sort.js';
import { BOS, UNKNOWN } from '../vocabulary.js';
import { type Discounts, discountOf } from './discounts.js';
import type { SortedRecords } from './record-sorter.js';

/** An order's n-grams while their probabilities are worked out. */
interface SmoothedLevel extends NgramLevel {
  probability: Float64Array;
}

/** Columns of a record after its words. */
const ADJUSTED = 0;
const IS_PRUNED = 1;

export class KneserNey {
  private readonly levels: SmoothedLevel[] = [];

  /** @param words of the vocabulary, with the three names */
  constructor(private readonly words: number) {}

  /** Takes the orders one after the other, from 1 on.
   *  @param records the words, the adjusted count, and 1 where the n-gram is pruned; sorted by the words, the first most significant
   *  @param kept how many are not pruned */
  add(records: SortedRecords, kept: number, discounts: Discounts): void {
    const order = this.levels.length + 1;
    const level: SmoothedLevel = {
      order,
      count: 0,
      words: new Uint32Array(kept * order),
      logProb: new Float32Array(kept),
      backoff: new Float32Array(kept),
      probability: new Float64Array(kept),
    };
    // What each n-gram leaves to the shorter ones: that of its context.
    const left = new Float64Array(kept);
    const shorter = order > 1 ? this.levels[order - 2] : undefined;
    let contextRow = 0;
    forEachContext(records, order, discounts, level, left, (first, gamma) => {
      if (!shorter) return;
      while (contextRow < shorter.count && compareWords(shorter, contextRow, first, 0, order - 1) < 0) contextRow++;
      if (contextRow < shorter.count && compareWords(shorter, contextRow, first, 0, order - 1) === 0)
        shorter.backoff[contextRow] = Math.log10(gamma);
    });
    if (shorter) interpolate(level, left, shorter);
    else this.finishWords(level, left);
    this.levels.push(level);
  }

  /** The levels as the model's layout takes them. */
  done(): NgramLevel[] {
    for (const { probability, logProb } of this.levels)
      for (let row = 0; row < probability.length; row++) logProb[row] = Math.min(0, Math.log10(probability[row]));
    return this.levels;
  }

  /** The shortest level has every word, and what words leave is shared by all but <s>, which is never predicted. */
  private finishWords(level: SmoothedLevel, left: Float64Array): void {
    const all = new Float64Array(this.words);
    for (let row = 0; row < level.count; row++) all[level.words[row]] = level.probability[row];
    const share = level.count > 0 ? left[0] / (this.words - 1) : 1 / (this.words - 1);
    for (let word = 0; word < this.words; word++) all[word] += share;
    // As KenLM writes it: a sentence's start is certain.
    all[BOS] = 1;
    level.count = this.words;
    level.words = Uint32Array.from({ length: this.words }, (_, word) => word);
    level.probability = all;
    level.logProb = new Float32Array(this.words);
    level.backoff = new Float32Array(this.words);
  }
}

/** Works through the records context by context: fills the level with the n-grams that are kept, and tells what every context leaves. */
function forEachContext(
  records: SortedRecords,
  order: number,
  discounts: Discounts,
  level: SmoothedLevel,
  left: Float64Array,
  tell: (context: NgramLevel, gamma: number) => void,
): void {
  const context: NgramLevel = {
    order,
    count: 1,
    words: new Uint32Array(order),
    logProb: new Float32Array(1),
    backoff: new Float32Array(1),
  };
  let [start, denominator, pruned, discounted] = [0, 0, 0, 0];
  const close = () => {
    const gamma = (discounted + pruned) / denominator;
    tell(context, gamma);
    for (let row = start; row < level.count; row++) {
      level.probability[row] /= denominator;
      left[row] = gamma;
    }
  };
  let isFirst = true;
  while (records.next()) {
    const { data, at } = records;
    let isSame = !isFirst;
    for (let i = 0; isSame && i < order - 1; i++) isSame = context.words[i] === data[at + i];
    if (!isSame) {
      if (!isFirst) close();
      isFirst = false;
      [start, denominator, pruned, discounted] = [level.count, 0, 0, 0];
      for (let i = 0; i < order; i++) context.words[i] = data[at + i];
    }
    const adjusted = data[at + order + ADJUSTED];
    denominator += adjusted;
    if (data[at + order + IS_PRUNED] === 1) {
      pruned += adjusted;
      continue;
    }
    const discount = discountOf(discounts, adjusted);
    discounted += discount;
    const row = level.count++;
    for (let i = 0; i < order; i++) level.words[row * order + i] = data[at + i];
    level.probability[row] = adjusted - discount;
  }
  if (!isFirst) close();
}

/** Adds the shorter n-grams' probabilities: both sorted by the words that they share, one pass finds all. */
function interpolate(level: SmoothedLevel, left: Float64Array, shorter: SmoothedLevel): void {
  const { order, count, words, probability } = level;
  const rows = sortedOrder(
    words,
    order,
    count,
    Array.from({ length: order - 1 }, (_, i) => i + 1),
  );
  let at = 0;
  for (const row of rows) {
    while (at < shorter.count && compareEnd(shorter, at, words, row * order + 1) < 0) at++;
    const isThere = at < shorter.count && compareEnd(shorter, at, words, row * order + 1) === 0;
    // Only ever missing for <unk>, which no text need have.
    probability[row] += left[row] * (isThere ? shorter.probability[at] : shorter.probability[UNKNOWN]);
  }
}

function compareEnd(shorter: SmoothedLevel, row: number, words: Uint32Array, at: number): number {
  for (let i = 0; i < shorter.order; i++) {
    const difference = shorter.words[row * shorter.order + i] - words[at + i];
    if (difference !== 0) return difference;
  }
  return 0;
}
