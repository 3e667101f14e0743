/** What is asked of written text goes in, checked, with its defaults; a wrong value is an error that names its path. */
import { DecodingError } from '../errors.js';
import { checkNumber } from '../options.js';
import { NUMERALS, RULE_NAMES, type RuleName } from './english-rules.js';
import { DEFAULT_PROFANITY } from './profanity.js';

export interface Replacement {
  /** the words to look for, whatever their case */
  find: string;
  /** what is written instead; absent or empty: nothing */
  replace?: string;
}

export interface WrittenFormOptions {
  /** inverse text normalisation: all rules, those that write single numbers in figures (`numerals`), or some by name (default none) */
  rules?: 'all' | 'numerals' | 'none' | readonly RuleName[];
  /** a number below it that stands alone stays in words: "one of them", "two dogs" (default 10) */
  wordsBelow?: number;
  /** hide profane words behind asterisks: those of a list that is built in, or these (default off) */
  profanity?: boolean | readonly string[];
  /** found in the spoken words, and replaced before any rule reads them */
  replacements?: readonly Replacement[];
}

export interface CheckedWrittenForm {
  rules: ReadonlySet<RuleName>;
  wordsBelow: number;
  /** lower case */
  profanity: ReadonlySet<string>;
  replacements: readonly Replacement[];
}

const KEYS = ['rules', 'wordsBelow', 'profanity', 'replacements'];

/** @throws DecodingError AUR_DECODING_OPTION */
export function checkWrittenForm(options: WrittenFormOptions): CheckedWrittenForm {
  const { rules = 'none', wordsBelow = 10, profanity = false, replacements = [] } = options;
  const unknown = Object.keys(options).find((key) => !KEYS.includes(key));
  if (unknown) throw wrong(unknown, 'an unknown option', KEYS.join(', '));
  for (const [i, replacement] of replacements.entries())
    if (typeof replacement.find !== 'string' || !/\S/.test(replacement.find))
      throw wrong(`replacements.${i}.find`, JSON.stringify(replacement.find), 'words to look for');
  return {
    rules: checkRules(rules),
    wordsBelow: checkNumber('writtenForm.wordsBelow', wordsBelow, { low: 0, high: 1000, whole: true }),
    profanity:
      profanity === true ? DEFAULT_PROFANITY : new Set(profanity ? profanity.map((word) => word.toLowerCase()) : []),
    replacements,
  };
}

function checkRules(rules: NonNullable<WrittenFormOptions['rules']>): ReadonlySet<RuleName> {
  if (rules === 'none') return new Set();
  if (rules === 'all') return new Set(RULE_NAMES);
  if (rules === 'numerals') return new Set(NUMERALS);
  const unknown = typeof rules === 'string' ? rules : rules.find((name) => !RULE_NAMES.includes(name));
  if (unknown !== undefined)
    throw wrong('rules', `"${unknown}"`, `all, numerals, none or a list of ${RULE_NAMES.join(', ')}`);
  return new Set(rules);
}

const wrong = (key: string, seen: string, expected: string) =>
  new DecodingError('AUR_DECODING_OPTION', { path: `writtenForm.${key}`, seen, expected });

/** `find:replacement` as some services take it, or `find` alone to leave it out; the first colon parts them. */
export function parseReplacement(text: string): Replacement {
  const colon = text.indexOf(':');
  return colon === -1 ? { find: text } : { find: text.slice(0, colon), replace: text.slice(colon + 1) };
}
