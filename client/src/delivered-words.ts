/** Words that were delivered and words that another connection heard in the same audio go in; how many of the latter say the former again comes out. */
import type { Word } from './messages.js';

/** A stream that starts elsewhere may time a word a little differently. */
const SAME_WORD_SECONDS = 0.5;

/** What it costs to take a word for another at the same time, or for one that was missed before, beside 1 for a word that does not come again. */
const OTHER_WORD = 0.5;

/** Times are seconds from the stream's start, over all its connections. */
export class DeliveredWords {
  /** since the audio was settled last */
  private unsettled: Word[] = [];
  /** of earlier connections, said again by this one until it has passed them */
  private expected: Word[] = [];
  /** finals of this connection so far, while words are expected */
  private heard: Word[] = [];

  /** End of the last word delivered since the audio was settled, seconds. */
  get end(): number {
    return this.unsettled.at(-1)?.end ?? 0;
  }

  /** A connection starts from the audio that is not settled. */
  startAgain(): void {
    this.expected = [...this.unsettled];
    this.heard = [];
  }

  /** The connections that follow start here or later. */
  settle(seconds: number): void {
    this.unsettled = this.unsettled.filter((word) => word.end > seconds);
  }

  /** @param words of a segment that still grows
   *  @returns how many of them, from the first on, were delivered before */
  countKnown(words: readonly Word[]): number {
    if (this.expected.length === 0) return 0;
    const known = overlap(this.expected, [...this.heard, ...words]) - this.heard.length;
    return Math.max(0, Math.min(known, words.length));
  }

  /** Takes the words of a final segment: those that were not delivered before now are. */
  take(words: readonly Word[]): void {
    const fresh = words.slice(this.countKnown(words));
    if (this.expected.length > 0) {
      this.heard.push(...words);
      const last = words.at(-1);
      if (last && last.start > this.expected[this.expected.length - 1].end + SAME_WORD_SECONDS) this.expected = [];
    }
    this.unsettled.push(...fresh);
  }
}

/** Aligns all of `delivered` with the beginning of `heard`, at the fewest edits: words match or stand for each other only where they sound at the same time.
 *  @returns how many words of `heard` are used up by it */
export function overlap(delivered: readonly Word[], heard: readonly Word[]): number {
  // costs[k]: of the delivered words so far against the first k that were heard.
  let costs = Array.from({ length: heard.length + 1 }, (_, k) => k * OTHER_WORD);
  for (const word of delivered) {
    const next = [costs[0] + 1];
    for (let k = 1; k <= heard.length; k++)
      next.push(Math.min(costs[k] + 1, next[k - 1] + OTHER_WORD, costs[k - 1] + difference(word, heard[k - 1])));
    costs = next;
  }
  // Where a lost word and an extra one would do, nothing that was heard is left out.
  return costs.indexOf(Math.min(...costs));
}

function difference(a: Word, b: Word): number {
  if (Math.abs(a.start - b.start) > SAME_WORD_SECONDS) return Number.POSITIVE_INFINITY;
  return a.word === b.word ? 0 : OTHER_WORD;
}
