/** Words go in; Roman numerals among them that can be nothing else come out as English words. */
import { toCardinal, toOrdinal } from 'n2words/en-US';

/** Up to 89: of those with C, D and M some are words. */
const ROMAN = /^(x{1,3}|xl|l|lx{1,3})?(ix|iv|vi{0,3}|i{1,3})?$/;
const VALUES: Readonly<Record<string, number>> = { i: 1, v: 5, x: 10, l: 50 };

/** @param words in lower case
 *  @param romans after which words a numeral counts (chapter four) and after which it ranks (henry the eighth) */
export const readRomans = (
  words: readonly string[],
  { counting, ranking }: { counting: readonly string[]; ranking: readonly string[] },
): string[] =>
  words.flatMap((word, at) => {
    const before = words[at - 1];
    // `i` and `l` are more often themselves: the last word of a heading is the only sure place.
    const sure = word !== 'l' && (word !== 'i' || at === words.length - 1);
    if (before === undefined || !sure || !ROMAN.test(word)) return word;
    if (counting.includes(before)) return spaced(toCardinal(romanValue(word)));
    if (ranking.includes(before) && word !== 'i') return ['the', ...spaced(toOrdinal(romanValue(word)))];
    return word;
  });

const spaced = (words: string) => words.split(/[\s-]/);

function romanValue(roman: string): number {
  const values = Array.from(roman, (letter) => VALUES[letter]);
  return values.reduce((sum, value, i) => sum + (value < (values[i + 1] ?? 0) ? -value : value), 0);
}
