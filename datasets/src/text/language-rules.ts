/** A language's tag goes in, its rules of normalisation come out as plain data. */
import { datasetError } from '../errors.js';
import { GERMAN } from './languages/de.js';
import { ENGLISH } from './languages/en.js';

/** What a text may hold after normalisation, and how the rest is written with it. Rules apply in the order of these fields. */
export interface LanguageRules {
  /** BCP 47 */
  language: string;
  /** characters that are written otherwise, before all else (quotes and other forms of a character are taken care of, see `normaliseText`) */
  characters: Readonly<Record<string, string>>;
  /** letters in lower case; accents come off all others. Absent: every letter of every script stays as it is */
  letters?: string;
  /** what a pattern matches is written otherwise, while case, punctuation and digits are still there */
  patterns: readonly (readonly [pattern: RegExp, written: string])[];
  /** short forms that are one only with a dot behind them (`col.`), in lower case */
  dotted: Readonly<Record<string, string>>;
  /** short forms that are one only with a dot and a number behind them (`No. 5`), in lower case */
  numbered: Readonly<Record<string, string>>;
  /** how numbers are read out; absent: they are not */
  numbers?: 'en' | 'de';
  /** symbols that are said (`&`) */
  symbols: Readonly<Record<string, string>>;
  /** `inside`: an apostrophe between letters stays (don't); `drop`: it goes and leaves no gap (geht's) */
  apostrophe: 'inside' | 'drop';
  /** of the result */
  letterCase: 'lower' | 'upper';
  /** words that are written otherwise, with a dot or without (`mr`), in lower case */
  words: Readonly<Record<string, string>>;
  /** Roman numerals: after which words they count (chapter iv) and after which they rank (henry viii), in lower case */
  romans?: { counting: readonly string[]; ranking: readonly string[] };
}

const RECORDS: Readonly<Record<string, LanguageRules>> = { en: ENGLISH, de: GERMAN };

/** Neutral rules where the language has none of its own: lower case as the language has it, punctuation dropped, digits not read out.
 *  @param tag BCP 47: `en`, `de-AT`, `pt-BR`; `und` for none
 *  @throws AUR_TEXT_LANGUAGE */
export function rulesOf(tag: string): LanguageRules {
  const language = languageOf(tag);
  return RECORDS[language] ?? neutralRules(language);
}

function languageOf(tag: string): string {
  try {
    // Some versions of Node have no language for `und`.
    const { language = 'und' } = new Intl.Locale(tag);
    // Longer ones are reserved: `english` is well-formed, but no language has it.
    if (language.length <= 3) return language;
  } catch {}
  throw datasetError('AUR_TEXT_LANGUAGE', { tag });
}

const neutralRules = (language: string): LanguageRules => ({
  language,
  characters: {},
  patterns: [],
  dotted: {},
  numbered: {},
  symbols: {},
  apostrophe: 'inside',
  letterCase: 'lower',
  words: {},
});
