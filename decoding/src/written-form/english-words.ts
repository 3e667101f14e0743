/** English words of numbers, dates, times and money: data for the rules. */

const counted = (words: string, from = 0, step = 1): [string, number][] =>
  words.split(' ').map((word, i) => [word, from + step * i]);

export const DIGITS: ReadonlyMap<string, number> = new Map(
  counted('zero one two three four five six seven eight nine'),
);
/** Zero as it is said among digits. */
export const OH: ReadonlySet<string> = new Set(['oh', 'o']);
export const TEENS: ReadonlyMap<string, number> = new Map(
  counted('ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen', 10),
);
export const TENS: ReadonlyMap<string, number> = new Map(
  counted('twenty thirty forty fifty sixty seventy eighty ninety', 20, 10),
);
export const HUNDRED = 'hundred';
export const SCALES: ReadonlyMap<string, number> = new Map([
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
]);
/** Scales that stay words behind a round number: `5 million`. */
export const WRITTEN_SCALES: readonly string[] = ['million', 'billion', 'trillion'];

const IRREGULAR_ORDINALS: readonly [string, string][] = [
  ['first', 'one'],
  ['second', 'two'],
  ['third', 'three'],
  ['fifth', 'five'],
  ['eighth', 'eight'],
  ['ninth', 'nine'],
  ['twelfth', 'twelve'],
];

/** Ordinal -> cardinal. */
export const ORDINALS: ReadonlyMap<string, string> = new Map([
  ...[...DIGITS.keys(), ...TEENS.keys(), ...TENS.keys(), HUNDRED, ...SCALES.keys()]
    .filter((word) => !IRREGULAR_ORDINALS.some(([, cardinal]) => cardinal === word))
    .map((word): [string, string] => [`${word.replace(/y$/, 'ie')}th`, word]),
  ...IRREGULAR_ORDINALS,
]);

/** Their written form begins with a capital. */
export const MONTHS: readonly string[] =
  'january february march april may june july august september october november december'.split(' ');

/** What a digit is said to be repeated by. */
export const REPEATS: ReadonlyMap<string, number> = new Map([
  ['double', 2],
  ['triple', 3],
]);

export interface Currency {
  sign: string;
  names: readonly string[];
  /** of the hundredth part; without it the names alone say that it is money */
  cents: readonly string[];
  /** the names are also those of a weight: money only with its hundredths or with this word behind it */
  only?: string;
}

export const CURRENCIES: readonly Currency[] = [
  { sign: '$', names: ['dollar', 'dollars', 'bucks'], cents: ['cent', 'cents'] },
  { sign: '€', names: ['euro', 'euros'], cents: ['cent', 'cents'] },
  { sign: '£', names: ['pound', 'pounds'], cents: ['penny', 'pence'], only: 'sterling' },
  { sign: '¥', names: ['yen'], cents: [] },
  { sign: '₹', names: ['rupee', 'rupees'], cents: ['paisa', 'paise'] },
];

/** Words before a time of day that has no other sign: `at five thirty`. */
export const TIME_PREPOSITIONS: readonly string[] = 'at by until till around before after since from'.split(' ');

/** Behind a small number these make a fraction, which stays in words: `two thirds`. */
export const DENOMINATORS: ReadonlySet<string> = new Set(
  'half halves third thirds quarter quarters fourths fifths sixths sevenths eighths ninths tenths'.split(' '),
);
