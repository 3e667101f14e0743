/** Sentences go in, an n-gram model of them comes out: counted, sorted on disk where memory does not do, smoothed by modified Kneser-Ney. */
import { DecodingError } from '../../errors.js';
import { checkNumber } from '../../options.js';
import { wordsOf } from '../../tokens.js';
import { pruneByEntropy } from '../entropy-pruning.js';
import type { LanguageModel } from '../language-model.js';
import { type LayOutOptions, layOut } from '../lay-out.js';
import { BOS, EOS, NAMES, UNKNOWN, wordListOf } from '../vocabulary.js';
import { adjustCounts } from './adjusted-counts.js';
import { type Discounts, discountsOf } from './discounts.js';
import { KneserNey } from './kneser-ney.js';
import { RecordSorter } from './record-sorter.js';

export interface BuildOptions extends LayOutOptions {
  /** words of the longest n-grams, 1 to 5 (default 3) */
  order?: number;
  /** n-grams of each order from 2 on that occur at most so often are left out, never fewer than of the order before (default none) */
  prune?: readonly number[];
  /** n-grams whose removal raises the perplexity by less than this share are left out (Stolcke 1998; default 0: none) */
  entropy?: number;
  /** the most frequent words that are kept; all others are <unk> (default all) */
  vocabulary?: number;
  /** for sorting, bytes (default 512 MiB) */
  memory?: number;
  /** for what does not fit into memory; default the system's folder for temporary files */
  folder?: string;
}

export interface BuildReport {
  model: LanguageModel;
  sentences: number;
  /** words of the text */
  tokens: number;
  /** of each order, from 1 on */
  discounts: Discounts[];
}

const HIGHEST = 5;

/** @param sentences gives the lines of the text, piece by piece; it is asked twice, for the text is read twice and never held whole
 *  @throws DecodingError AUR_DECODING_OPTION, AUR_DECODING_LM_TEXT */
export async function buildModel(
  sentences: () => AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  options: BuildOptions = {},
): Promise<BuildReport> {
  const { order, prune, entropy, vocabulary, memory, folder } = checkOptions(options);
  const counts = await countWords(sentences());
  const kept = mostFrequent(counts, vocabulary);
  const { list, ids } = wordListOf(kept);
  const idOf = new Map(kept.map((word, i) => [word, ids[i]]));

  const ngrams = new RecordSorter({
    stride: order + 1,
    keys: Array.from({ length: order }, (_, i) => order - 1 - i),
    sum: order,
    memory,
    folder,
  });
  const sorters = Array.from(
    { length: order },
    (_, k) =>
      new RecordSorter({
        stride: k + 3,
        keys: Array.from({ length: k + 1 }, (_, i) => i),
        memory: memory / order,
        folder,
      }),
  );
  try {
    const read = await addNgrams(sentences(), idOf, order, ngrams);
    const keptNgrams = new Array<number>(order).fill(0);
    const ofCount = Array.from({ length: order }, () => [0, 0, 0, 0]);
    const record = new Float64Array(order + 2);
    adjustCounts(ngrams.sorted(), order, (k, words, from, adjusted, actual) => {
      for (let i = 0; i < k; i++) record[i] = words[from + i];
      const isPruned = k > 1 && actual <= prune[k - 2];
      record[k] = adjusted;
      record[k + 1] = isPruned ? 1 : 0;
      sorters[k - 1].add(record);
      if (!isPruned) keptNgrams[k - 1]++;
      if (adjusted <= 4) ofCount[k - 1][adjusted - 1]++;
    });
    ngrams.close();
    const discounts = ofCount.map(discountsOf);
    const smoothing = new KneserNey(list.offsets.length - 1);
    sorters.forEach((sorter, k) => {
      smoothing.add(sorter.sorted(), keptNgrams[k], discounts[k]);
      sorter.close();
    });
    const { bits, shared } = options;
    const levels = smoothing.done();
    const model =
      entropy > 0
        ? pruneByEntropy(layOut(list, levels, { bits: 32 }), entropy, { bits, shared })
        : layOut(list, levels, { bits, shared });
    return { model, discounts, ...read };
  } finally {
    for (const sorter of [ngrams, ...sorters]) sorter.close();
  }
}

function checkOptions(options: BuildOptions) {
  const { order = 3, prune = [], entropy = 0, vocabulary = 2 ** 31, memory = 512 * 2 ** 20, folder } = options;
  checkNumber('order', order, { low: 1, high: HIGHEST, whole: true });
  checkNumber('entropy', entropy, { low: 0, high: 1 });
  checkNumber('vocabulary', vocabulary, { low: 1, whole: true });
  checkNumber('memory', memory, { low: 2 ** 20 });
  if (prune.length > order - 1)
    throw new DecodingError('AUR_DECODING_OPTION', {
      path: 'prune',
      seen: `${prune.length} counts`,
      expected: `at most ${order - 1}, for orders 2 to ${order}`,
    });
  const complete = Array.from({ length: order - 1 }, (_, i) => prune[Math.min(i, prune.length - 1)] ?? 0);
  complete.forEach((count, i) => {
    checkNumber(`prune[${i}]`, count, { low: i > 0 ? complete[i - 1] : 0, whole: true });
  });
  return { order, prune: complete, entropy, vocabulary, memory, folder };
}

async function countWords(sentences: AsyncIterable<readonly string[]> | Iterable<readonly string[]>) {
  const counts = new Map<string, number>();
  for await (const lines of sentences)
    for (const line of lines) for (const word of wordsOf(line)) counts.set(word, (counts.get(word) ?? 0) + 1);
  // A text may speak of unknown words; starts and ends are ours to set.
  counts.delete(NAMES[UNKNOWN]);
  const name = [NAMES[BOS], NAMES[EOS]].find((word) => counts.has(word));
  if (name)
    throw new DecodingError('AUR_DECODING_LM_TEXT', { reason: `has the word ${name}: sentences are its lines` });
  if (counts.size === 0) throw new DecodingError('AUR_DECODING_LM_TEXT', { reason: 'has no word' });
  return counts;
}

/** Of equally frequent words those that came first. */
function mostFrequent(counts: Map<string, number>, most: number): string[] {
  if (counts.size <= most) return [...counts.keys()];
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([word]) => word);
}

async function addNgrams(
  sentences: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
  ids: ReadonlyMap<string, number>,
  order: number,
  sorter: RecordSorter,
): Promise<{ sentences: number; tokens: number }> {
  const read = { sentences: 0, tokens: 0 };
  const record = new Uint32Array(order + 1);
  record[order] = 1;
  const add = (word: number) => {
    record.copyWithin(0, 1, order);
    record[order - 1] = word;
    sorter.add(record);
  };
  for await (const lines of sentences)
    for (const line of lines) {
      const words = wordsOf(line);
      if (words.length === 0) continue;
      read.sentences++;
      read.tokens += words.length;
      record.fill(BOS, 0, order);
      for (const word of words) add(ids.get(word) ?? UNKNOWN);
      add(EOS);
    }
  return read;
}
