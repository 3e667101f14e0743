/** Words as they were recognised go in, tokens come out that rules can read: lower case, hyphens parted, punctuation aside. */

export interface SpokenToken {
  /** lower case, without punctuation at its ends */
  text: string;
  /** which word it is of */
  word: number;
  /** whether it begins, and ends, its word */
  begins: boolean;
  ends: boolean;
  /** punctuation before the word, on its first token */
  before: string;
  /** punctuation after the word, on its last token: no rule reads on over it */
  after: string;
}

const OPENING = /^["'“‘([{¿¡]+/;
const CLOSING = /["'”’)\]},;:.?!…]+$/;

/** `a.m.` is a word, not the end of a sentence. */
const ABBREVIATION = /^(?:\p{L}\.){2,}$/u;

export function spokenTokens(words: readonly string[]): SpokenToken[] {
  return words.flatMap((text, word) => {
    const before = OPENING.exec(text)?.[0] ?? '';
    const inner = text.slice(before.length);
    const after = ABBREVIATION.test(inner) ? '' : (CLOSING.exec(inner)?.[0] ?? '');
    const parts = inner
      .slice(0, inner.length - after.length)
      .toLowerCase()
      .replaceAll('’', "'")
      .split('-');
    // A hyphen at an end is no joint.
    const whole = parts.includes('') ? [parts.join('-')] : parts;
    return whole.map((part, i) => ({
      text: part,
      word,
      begins: i === 0,
      ends: i === whole.length - 1,
      before: i === 0 ? before : '',
      after: i === whole.length - 1 ? after : '',
    }));
  });
}
