/** The counts of the longest n-grams go in, the counts that Kneser-Ney smooths come out for every order: how many words an n-gram follows, not how often. */
import { BOS } from '../vocabulary.js';
import type { SortedRecords } from './record-sorter.js';

/** Takes an n-gram of `order` words: words[from] to words[from + order - 1]. */
export type AdjustedSink = (order: number, words: Uint32Array, from: number, adjusted: number, actual: number) => void;

/** @param records n words and their count, sorted by the last word, then the one before, and so on; sentences start with n - 1 <s>
 *  @param emit is called once for every n-gram; those that start with <s> keep their own counts, for nothing comes before them */
export function adjustCounts(records: SortedRecords, n: number, emit: AdjustedSink): void {
  // Per order: the n-gram at hand, and whether there is one.
  const words = new Uint32Array(n);
  const adjusted = new Float64Array(n + 1);
  const actual = new Float64Array(n + 1);
  let open = 0;
  const emitDownTo = (order: number) => {
    for (; open > order; open--) emit(open, words, n - open, adjusted[open], actual[open]);
  };
  let isFirst = true;
  while (records.next()) {
    const { data, at } = records;
    const count = data[at + n];
    let same = 0;
    while (!isFirst && same < n && data[at + n - 1 - same] === words[n - 1 - same]) same++;
    isFirst = false;
    emitDownTo(same);
    for (let order = 1; order <= same; order++) actual[order] += count;
    if (same > 0) adjusted[same]++;
    for (let i = 0; i < n; i++) words[i] = data[at + i];
    let lastStart = n - 1;
    while (lastStart >= 0 && words[lastStart] !== BOS) lastStart--;
    const longest = lastStart > 0 ? n - lastStart : n;
    for (let order = same + 1; order <= longest; order++) {
      adjusted[order] = order === n || words[n - order] === BOS ? count : 1;
      actual[order] = count;
    }
    open = longest;
  }
  emitDownTo(0);
}
