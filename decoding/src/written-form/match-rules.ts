/** Rules go in, compiled; from a place among the tokens on, the rule that reads most comes out, as written parts. */

import type { Rule } from './english-rules.js';
import { DENOMINATORS, DIGITS, MONTHS, ORDINALS, REPEATS, SCALES, TEENS, TENS } from './english-words.js';
import { SLOTS, type SlotName, type SlotReading } from './slots.js';

interface Element {
  slot?: SlotName;
  words?: readonly string[];
  isOptional: boolean;
}

export interface CompiledRule extends Rule {
  elements: readonly Element[];
  parts: readonly string[];
}

/** A written word: the tokens from `from` on, up to the next part's. */
export interface WrittenPart {
  text: string;
  from: number;
}

export interface RuleMatch {
  end: number;
  parts: WrittenPart[];
}

/** What every slot read, and where it began. */
type Readings = Map<string, SlotReading & { from: number }>;

export const compileRules = (rules: readonly Rule[]): CompiledRule[] =>
  rules.map((rule) => ({
    ...rule,
    parts: rule.written.split(' '),
    elements: rule.said.split(' ').map((text) => {
      const isOptional = text.endsWith('?');
      const element = isOptional ? text.slice(0, -1) : text;
      const slot = /^<(\w+)>$/.exec(element)?.[1];
      return slot ? { slot: slot as SlotName, isOptional } : { words: element.split('|'), isOptional };
    }),
  }));

/** First words of rules; all others are passed over without a try. */
const STARTERS = new Set([
  ...[DIGITS, TEENS, TENS, SCALES, REPEATS, ORDINALS].flatMap((words) => [...words.keys()]),
  ...MONTHS,
  ...'oh a an the half quarter point minus negative plus hundred'.split(' '),
]);
const NUMBERS = new Set([DIGITS, TEENS, TENS, SCALES].flatMap((words) => [...words.keys()]).concat('hundred'));

/** Tokens between two punctuation marks; what a slot reads from a place is worked out once, for many rules ask. */
export class Stretch {
  private readonly known = new Map<string, SlotReading[]>();
  private readonly vocabulary: ReadonlySet<string>;

  /** @param mayEndAt false in the midst of a word that is written as one */
  constructor(
    readonly tokens: readonly string[],
    readonly mayEndAt: (end: number) => boolean,
  ) {
    this.vocabulary = new Set(tokens);
  }

  /** Whether all words are there that the rule cannot do without: most rules are out by that. */
  mayHold({ elements }: CompiledRule): boolean {
    return elements.every(
      ({ words, isOptional }) => !words || isOptional || words.some((word) => this.vocabulary.has(word)),
    );
  }

  read(slot: SlotName, at: number): SlotReading[] {
    const key = `${slot}${at}`;
    let readings = this.known.get(key);
    if (!readings) {
      readings = SLOTS[slot](this.tokens, at);
      this.known.set(key, readings);
    }
    return readings;
  }
}

/** @param wordsBelow numbers below it stay in words where they stand alone */
export function longestMatch(
  rules: readonly CompiledRule[],
  stretch: Stretch,
  at: number,
  wordsBelow: number,
): RuleMatch | undefined {
  const { tokens } = stretch;
  if (!STARTERS.has(tokens[at]) && tokens[at].length !== 1) return undefined;
  let best: RuleMatch | undefined;
  for (const rule of rules) {
    if (!stretch.mayHold(rule)) continue;
    if (rule.after && !rule.after.includes(tokens[at - 1])) continue;
    if (rule.notAfter && (NUMBERS.has(tokens[at - 1]) || rule.notAfter.includes(tokens[at - 1]))) continue;
    for (const { end, readings } of readingsOf(rule.elements, 0, stretch, at, NOTHING)) {
      if ((best && end <= best.end) || !stretch.mayEndAt(end)) continue;
      if (rule.staysWhenSmall && staysInWords([...readings.values()][0], tokens, wordsBelow)) continue;
      best = { end, parts: partsOf(rule, readings, at) };
    }
  }
  return best;
}

const NOTHING: Readings = new Map();

function staysInWords({ value = 0, end }: SlotReading, tokens: readonly string[], wordsBelow: number): boolean {
  return value < wordsBelow || (value < 20 && DENOMINATORS.has(tokens[end]));
}

/** All ways to read the elements from one of them on. */
function readingsOf(
  elements: readonly Element[],
  next: number,
  stretch: Stretch,
  at: number,
  before: Readings,
): { end: number; readings: Readings }[] {
  const element = elements[next];
  if (!element) return [{ end: at, readings: before }];
  const without = element.isOptional ? readingsOf(elements, next + 1, stretch, at, before) : [];
  const { slot, words } = element;
  if (words?.includes(stretch.tokens[at])) without.push(...readingsOf(elements, next + 1, stretch, at + 1, before));
  if (!slot || at >= stretch.tokens.length) return without;
  for (const reading of stretch.read(slot, at)) {
    const readings = new Map(before).set(slot, { ...reading, from: at });
    without.push(...readingsOf(elements, next + 1, stretch, reading.end, readings));
  }
  return without;
}

/** The first part begins with the match, any other where its slot does; one that says nothing is left out. */
function partsOf({ parts }: CompiledRule, readings: Readings, at: number): WrittenPart[] {
  const written: WrittenPart[] = [];
  for (const part of parts) {
    const names = [...part.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (names.some((name) => !readings.has(name))) continue;
    const text = part.replace(/\{(\w+)\}/g, (_, name: string) => readings.get(name)!.text);
    const starts = names.map((name) => readings.get(name)!.from);
    written.push({ text, from: written.length === 0 ? at : Math.min(...starts) });
  }
  return written;
}
