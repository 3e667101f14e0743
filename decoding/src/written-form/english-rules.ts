/** The rules of English, as data: what is said, and how it is written. */
import { CURRENCIES, TIME_PREPOSITIONS } from './english-words.js';

export const RULE_NAMES = [
  'date',
  'time',
  'money',
  'percent',
  'phone',
  'digits',
  'decimal',
  'year',
  'ordinal',
  'cardinal',
  'letters',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** Those that write single numbers in figures and nothing else. */
export const NUMERALS: readonly RuleName[] = ['digits', 'decimal', 'year', 'ordinal', 'cardinal'];

export interface Rule {
  name: RuleName;
  /** words (`a|b` are alternatives) and `<slots>`, each optional with a `?` behind it */
  said: string;
  /** written words, with what the slots read in `{}`; one whose slots were not said is left out */
  written: string;
  /** the word before must be one of these */
  after?: readonly string[];
  /** the word before must not be a number or one of these */
  notAfter?: readonly string[];
  /** a number below `wordsBelow` stays in words */
  staysWhenSmall?: boolean;
}

const DATES: Rule[] = [
  { name: 'date', said: '<month> the? <dayth> <year>', written: '{month} {dayth}, {year}' },
  { name: 'date', said: '<month> the? <dayth>', written: '{month} {dayth}' },
  { name: 'date', said: '<month> <day> <year>', written: '{month} {day}, {year}' },
  { name: 'date', said: 'the? <dayth> of <month> <year>?', written: '{dayth} {month} {year}' },
  { name: 'date', said: '<month> <year>', written: '{month} {year}' },
];

const TIMES: Rule[] = [
  { name: 'time', said: '<hour> <clockMinute> <half>', written: '{hour}:{clockMinute} {half}' },
  { name: 'time', said: '<hour> <half>', written: '{hour} {half}' },
  { name: 'time', said: '<hour> <clockMinute>', written: '{hour}:{clockMinute}', after: TIME_PREPOSITIONS },
  { name: 'time', said: '<hour> <oclock> <half>?', written: '{hour} {oclock} {half}' },
  { name: 'time', said: 'half past <hour> <half>?', written: '{hour}:30 {half}' },
  { name: 'time', said: 'a? quarter past|after <hour> <half>?', written: '{hour}:15 {half}' },
  { name: 'time', said: 'a? quarter to|till <hourBefore> <half>?', written: '{hourBefore}:45 {half}' },
  { name: 'time', said: '<minute> minutes? past <hour> <half>?', written: '{hour}:{minute} {half}' },
  {
    name: 'time',
    said: '<minutesLeft> minutes to|till <hourBefore> <half>?',
    written: '{hourBefore}:{minutesLeft} {half}',
  },
  { name: 'time', said: '<militaryHour> <clockMinute> hours', written: '{militaryHour}:{clockMinute}' },
  { name: 'time', said: '<militaryHour> hundred hours', written: '{militaryHour}:00' },
];

const MONEY: Rule[] = CURRENCIES.flatMap(({ sign, names, cents, only }) => {
  const name = only ? `${names.join('|')} ${only}` : names.join('|');
  const rule = (said: string, written: string): Rule => ({ name: 'money', said, written });
  const whole = [
    rule(`<number> ${name}`, `${sign}{number}`),
    rule(`<coefficient> <scale> ${name}`, `${sign}{coefficient} {scale}`),
  ];
  if (cents.length === 0) return whole;
  return [
    ...whole,
    rule(`<cardinal> ${names.join('|')} and? <cents> ${cents.join('|')}`, `${sign}{cardinal}.{cents}`),
    rule(`<cents> ${cents.join('|')}`, `${sign}0.{cents}`),
  ];
});

const PERCENT = ['percent', 'per cent'].flatMap((percent): Rule[] => [
  { name: 'percent', said: `<number> ${percent}`, written: '{number}%' },
  { name: 'percent', said: `point <fraction> ${percent}`, written: '0.{fraction}%' },
  { name: 'percent', said: `minus|negative <number> ${percent}`, written: '-{number}%', notAfter: [] },
]);

const NUMBERS: Rule[] = [
  { name: 'phone', said: '<telephone>', written: '{telephone}' },
  { name: 'phone', said: 'plus <international>', written: '+{international}' },
  { name: 'digits', said: '<digits>', written: '{digits}' },
  { name: 'decimal', said: '<decimal>', written: '{decimal}' },
  { name: 'decimal', said: '<decimal> <scale>', written: '{decimal} {scale}' },
  { name: 'decimal', said: 'minus|negative <decimal>', written: '-{decimal}', notAfter: [] },
  { name: 'year', said: '<yearPair>', written: '{yearPair}', notAfter: [] },
  { name: 'ordinal', said: '<ordinal>', written: '{ordinal}', staysWhenSmall: true, notAfter: ['a', 'per'] },
  { name: 'cardinal', said: '<coefficient> <scale>', written: '{coefficient} {scale}' },
  { name: 'cardinal', said: '<cardinal>', written: '{cardinal}', staysWhenSmall: true },
  { name: 'cardinal', said: 'minus|negative <cardinal>', written: '-{cardinal}', notAfter: [] },
];

/** Of rules that read the same words, the first one holds. */
export const ENGLISH_RULES: readonly Rule[] = [
  ...DATES,
  ...TIMES,
  ...MONEY,
  ...PERCENT,
  ...NUMBERS,
  { name: 'letters', said: '<letters>', written: '{letters}' },
];
