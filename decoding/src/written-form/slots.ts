/** The places of a pattern: from a token on, each reads what it stands for in all ways that it can. */
import { belowHundredAt, cardinalsAt, isMultiplier, type ReadNumber } from './cardinals.js';
import { DIGITS, MONTHS, OH, ORDINALS, REPEATS, TEENS, TENS, WRITTEN_SCALES } from './english-words.js';

export interface SlotReading {
  /** as it is written */
  text: string;
  /** index of the token after it */
  end: number;
  /** of numbers */
  value?: number;
}

export type Slot = (tokens: readonly string[], at: number) => SlotReading[];

const COMMAS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const grouped = (value: number) => (value < 10_000 ? String(value) : COMMAS.format(value));
const two = (value: number) => String(value).padStart(2, '0');

const isAtEnd = (tokens: readonly string[], { end }: { end: number }) => !isMultiplier(tokens[end]);

const numbers =
  (read: (tokens: readonly string[], at: number) => ReadNumber[], low: number, high: number, write = grouped): Slot =>
  (tokens, at) =>
    read(tokens, at)
      .filter((number) => number.value >= low && number.value <= high && isAtEnd(tokens, number))
      .map((number) => ({ ...number, text: write(number.value) }));

const cardinal = numbers(cardinalsAt, 0, Number.MAX_SAFE_INTEGER);

/** With the ending of an ordinal in its last word alone. */
function ordinalsAt(tokens: readonly string[], at: number): ReadNumber[] {
  const last = tokens.findIndex((token, i) => i >= at && ORDINALS.has(token));
  if (last === -1) return [];
  const asCardinals = tokens.slice(0, last + 1);
  asCardinals[last] = ORDINALS.get(tokens[last])!;
  return cardinalsAt(asCardinals, at).filter(({ end }) => end === last + 1);
}

function ordinalSuffix(value: number): string {
  if (value % 100 >= 11 && value % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][value % 10] ?? 'th';
}

const digitAt = (token: string | undefined): number | undefined =>
  token === undefined ? undefined : OH.has(token) ? 0 : DIGITS.get(token);

/** `oh five` to `oh nine`. */
function afterOh(tokens: readonly string[], at: number): ReadNumber[] {
  const unit = OH.has(tokens[at]) ? DIGITS.get(tokens[at + 1]) : undefined;
  return unit ? [{ value: unit, end: at + 2 }] : [];
}

/** Digits said one by one: `five oh one`, `double five`, `eight hundred` in the midst. */
function digitRun(tokens: readonly string[], from: number, fewest: number): SlotReading[] {
  const found: SlotReading[] = [];
  let text = '';
  let hasHundreds = false;
  for (let at = from; ; ) {
    const repeat = REPEATS.get(tokens[at]);
    const digit = digitAt(tokens[repeat ? at + 1 : at]);
    if (digit === undefined) break;
    text += String(digit).repeat(repeat ?? 1);
    at += repeat ? 2 : 1;
    if (tokens[at] === 'hundred' && digit > 0) {
      text += '00';
      at++;
      hasHundreds = true;
    }
    // "Oh" alone is rather a sigh, and hundreds are digits in telephone numbers alone.
    const isRun = text.length >= fewest && (!OH.has(tokens[from]) || text.length >= 5);
    const isNumber = text.length === 10 || (text.length === 11 && text.startsWith('1'));
    if (isRun && (!hasHundreds || isNumber) && isAtEnd(tokens, { end: at })) found.push({ text, end: at });
  }
  return found;
}

/** American telephone numbers in their groups; other digits as they are. */
export function asTelephone(digits: string): string {
  const [, country, ...groups] = /^(1?)(\d{3})(\d{3})(\d{4})$/.exec(digits) ?? [];
  return groups.length === 0 ? digits : [...(country ? [country] : []), ...groups].join('-');
}

/** Letters said one by one; `double u` is one, and any other can be doubled. */
function letterRun(tokens: readonly string[], from: number): SlotReading[] {
  const found: SlotReading[] = [];
  let text = '';
  for (let at = from; at < tokens.length; ) {
    const isDouble = tokens[at] === 'double';
    const letter = tokens[isDouble ? at + 1 : at];
    if (letter === undefined || !/^[a-z]$/.test(letter)) break;
    text += isDouble ? (letter === 'u' ? 'w' : letter + letter) : letter;
    at += isDouble ? 2 : 1;
    // Two may well be words: "i", "a", "o".
    if (text.length > 2 || (text.length === 2 && !/[aio]/.test(text)))
      found.push({ text: text.toUpperCase(), end: at });
  }
  return found;
}

/** Digits behind a point, one by one, or one number below 100. */
const fraction: Slot = (tokens, at) => {
  const found: SlotReading[] = [];
  let text = '';
  for (let end = at; ; end++) {
    const digit = digitAt(tokens[end]);
    if (digit === undefined) break;
    text += digit;
    found.push({ text, end: end + 1 });
  }
  const two = belowHundredAt(tokens, at).filter(({ value }) => value >= 10);
  return [...found, ...two.map(({ value, end }) => ({ text: String(value), end }))].filter((read) =>
    WRITTEN_SCALES.includes(tokens[read.end]) ? true : isAtEnd(tokens, read),
  );
};

/** `nineteen eighty four`, `twenty oh five`: centuries from the eleventh on. */
function yearPairsAt(tokens: readonly string[], at: number): ReadNumber[] {
  const century = TEENS.get(tokens[at]) ?? (tokens[at] === 'twenty' ? 20 : undefined);
  if (century === undefined || century < 11) return [];
  const rest = [...belowHundredAt(tokens, at + 1).filter(({ value }) => value >= 10), ...afterOh(tokens, at + 1)];
  return rest.map(({ value, end }) => ({ value: 100 * century + value, end }));
}

/** One that is followed by another number of two digits is a count: `seventeen eighteen nineteen`. */
const isCounting = (tokens: readonly string[], end: number) => TEENS.has(tokens[end]) || TENS.has(tokens[end]);

const decimal: Slot = (tokens, at) =>
  cardinalsAt(tokens, at).flatMap(({ value, end }) =>
    tokens[end] === 'point'
      ? fraction(tokens, end + 1).map((part) => ({ text: `${grouped(value)}.${part.text}`, end: part.end }))
      : [],
  );

const belowThousand: Slot = (tokens, at) =>
  cardinalsAt(tokens, at)
    .filter(({ value, end }) => value >= 1 && value < 1000 && WRITTEN_SCALES.includes(tokens[end]))
    .map(({ value, end }) => ({ value, end, text: String(value) }));

const month: Slot = (tokens, at) =>
  MONTHS.includes(tokens[at]) ? [{ text: tokens[at][0].toUpperCase() + tokens[at].slice(1), end: at + 1 }] : [];

const HALVES = /^([ap])\.?m\.?$/;
const half: Slot = (tokens, at) => {
  const whole = HALVES.exec(tokens[at] ?? '');
  if (whole) return [{ text: `${whole[1].toUpperCase()}M`, end: at + 1 }];
  const parted = HALVES.exec(`${tokens[at]}${tokens[at + 1]}`);
  return parted && tokens[at].length === 1 ? [{ text: `${parted[1].toUpperCase()}M`, end: at + 2 }] : [];
};

const oclock: Slot = (tokens, at) => {
  const length = tokens[at] === "o'clock" ? 1 : tokens[at] === 'o' && tokens[at + 1] === 'clock' ? 2 : 0;
  return length > 0 ? [{ text: "o'clock", end: at + length }] : [];
};

export const SLOTS = {
  cardinal,
  ordinal: numbers(ordinalsAt, 0, Number.MAX_SAFE_INTEGER, (value) => grouped(value) + ordinalSuffix(value)),
  decimal,
  /** a whole number or a decimal one */
  number: (tokens, at) => [...cardinal(tokens, at), ...decimal(tokens, at)],
  /** what stands before `million` and higher */
  coefficient: (tokens, at) => [...belowThousand(tokens, at), ...decimal(tokens, at)],
  scale: (tokens, at) => (WRITTEN_SCALES.includes(tokens[at]) ? [{ text: tokens[at], end: at + 1 }] : []),
  fraction,
  cents: numbers(belowHundredAt, 1, 99, two),
  digits: (tokens, at) => digitRun(tokens, at, 3),
  telephone: (tokens, at) => digitRun(tokens, at, 3).map((run) => ({ ...run, text: asTelephone(run.text) })),
  international: (tokens, at) => digitRun(tokens, at, 8),
  letters: letterRun,
  month,
  day: numbers(belowHundredAt, 1, 31),
  dayth: numbers(ordinalsAt, 1, 31),
  year: numbers((tokens, at) => [...yearPairsAt(tokens, at), ...cardinalsAt(tokens, at)], 1000, 2999, String),
  yearPair: (tokens, at) =>
    numbers(yearPairsAt, 1500, 2099, String)(tokens, at).filter(({ end }) => !isCounting(tokens, end)),
  hour: numbers(belowHundredAt, 1, 12, String),
  hourBefore: numbers(belowHundredAt, 1, 12, (hour) => String(hour === 1 ? 12 : hour - 1)),
  militaryHour: numbers(cardinalsAt, 0, 23, two),
  minute: numbers((tokens, at) => [...belowHundredAt(tokens, at), ...afterOh(tokens, at)], 1, 59, two),
  /** two digits of them, or `oh five` */
  clockMinute: (tokens, at) => [
    ...numbers(belowHundredAt, 10, 59, two)(tokens, at),
    ...numbers(afterOh, 1, 9, two)(tokens, at),
  ],
  minutesLeft: numbers(belowHundredAt, 1, 59, (minutes) => two(60 - minutes)),
  half,
  oclock,
} satisfies Record<string, Slot>;

export type SlotName = keyof typeof SLOTS;
