/** The words of a caption go in, its lines come out: even ones, broken where a clause ends if that costs no line. */
import { breakCost } from './clause-breaks.js';
import { inOneLine, type TimedWord } from './timed-word.js';

export interface LineRules {
  lineLength: number;
  lines: number;
}

/** Characters as a reader counts them, near enough: code points. */
const lengthOf = (text: string) => [...text].length;

/** Whether the words fit, filling line after line. */
export function fitsIn(words: readonly TimedWord[], { lineLength, lines }: LineRules): boolean {
  let [line, used] = [1, 0];
  for (const { word } of words) {
    const length = lengthOf(inOneLine(word));
    if (used > 0 && used + 1 + length > lineLength) {
      line++;
      used = length;
    } else used += (used > 0 ? 1 : 0) + length;
    // A long word has a line of its own, and no caption but its own.
    if (line > lines || (used > lineLength && words.length > 1)) return false;
  }
  return true;
}

/** Of a break in the midst of a clause, beside a line that is as uneven as can be. */
const BREAK_WEIGHT = 0.5;

/** @param words that fit */
export function linesOf(words: readonly TimedWord[], rules: LineRules): string[] {
  const text = textOf(words);
  if (lengthOf(text) <= rules.lineLength || words.length === 1 || rules.lines === 1) return [text];
  return new LineBreaker(words, rules).best(0, rules.lines).lines;
}

const textOf = (words: readonly TimedWord[]) => words.map(({ word }) => inOneLine(word)).join(' ');

interface Broken {
  lines: string[];
  cost: number;
}

/** Tries every way once: what is best from a word on does not depend on the lines before it. */
class LineBreaker {
  private readonly known = new Map<number, Broken>();

  constructor(
    private readonly words: readonly TimedWord[],
    private readonly rules: LineRules,
  ) {}

  best(from: number, left: number): Broken {
    const key = from * (this.rules.lines + 1) + left;
    const found = this.known.get(key) ?? this.search(from, left);
    this.known.set(key, found);
    return found;
  }

  private search(from: number, left: number): Broken {
    const { words, rules } = this;
    const rest = textOf(words.slice(from));
    let best: Broken = { lines: [rest], cost: slack(rest, rules) };
    if (lengthOf(rest) <= rules.lineLength) return best;
    best.cost = Number.POSITIVE_INFINITY;
    if (left === 1) return best;
    for (let to = from + 1; to < words.length; to++) {
      const line = textOf(words.slice(from, to));
      if (lengthOf(line) > rules.lineLength) break;
      const after = this.best(to, left - 1);
      const cost = slack(line, rules) + BREAK_WEIGHT * breakCost(words, to) + after.cost;
      if (cost < best.cost) best = { lines: [line, ...after.lines], cost };
    }
    return best;
  }
}

const slack = (line: string, { lineLength }: LineRules) => (1 - lengthOf(line) / lineLength) ** 2;
