/** Words and a place between two of them go in, what a break there costs the reader comes out. */
import type { TimedWord } from './timed-word.js';

/** After a pause as long as this one there is always a break (s). */
export const PAUSE_SECONDS = 1.5;
/** A pause that parts clauses (s); one half as long parts them half as well. */
const CLAUSE_SECONDS = 0.5;

const SENTENCE_END = /[.?!…]["'”’)\]]*$/;
const CLAUSE_END = /[,;:–—]["'”’)\]]*$/;
/** Words that start a clause or a phrase of English: a break before them reads better than one after them. */
const OPENERS = new Set(
  'and but or nor so yet because although though while when where which who whose that if unless until since as after before than whether'.split(
    ' ',
  ),
);
/** Words that belong to what follows. */
const BOUND = new Set(
  'a an the my your his her its our their this these those of to in on at for with by from'.split(' '),
);

/** 0 after a sentence, 1 between words that belong to one clause, up to 1.5 after a word that leans on the next.
 *  @param at index of the word after the break, at least 1 */
export function breakCost(words: readonly TimedWord[], at: number): number {
  const [before, after] = [words[at - 1], words[at]];
  if (SENTENCE_END.test(before.word)) return 0;
  if (CLAUSE_END.test(before.word)) return 0.2;
  const pause = Math.min(1, Math.max(0, after.start - before.end) / CLAUSE_SECONDS);
  const grammar = BOUND.has(before.word.toLowerCase()) ? 1.5 : OPENERS.has(after.word.toLowerCase()) ? 0.5 : 1;
  return grammar * (1 - 0.8 * pause);
}
