/** A text as people write it goes in, the same text in the few symbols that a model learns comes out, and what no rule covers. */
import { type LanguageRules, rulesOf } from './language-rules.js';
import { readGermanNumbers } from './read-numbers-de.js';
import { readEnglishNumbers } from './read-numbers-en.js';
import { readRomans } from './romans.js';

export interface NormalisedText {
  /** words of letters with single spaces between them; what no rule covers stands in it as it was */
  text: string;
  /** the characters in it that no rule covers, each once */
  unknown: string[];
}

/** What becomes of digits: `read` out where the language has rules for it; `keep` lets them stand; `refuse` counts them as unknown. */
export type Digits = 'read' | 'keep' | 'refuse';

const NUMBER_READERS = { en: readEnglishNumbers, de: readGermanNumbers };

/** Forms of one character that Unicode's compatibility forms (NFKC) leave apart. */
const APOSTROPHES = /[’‘‛ʼʻʹ′`´]/gu;
const VULGAR_FRACTIONS = /[¼-¾⅐-⅞]/gu;
/** Soft hyphens, joiners, marks of direction. */
const INVISIBLE = /\p{Cf}/gu;
/** Letters that are no base letter with an accent. */
const SPELLINGS: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i', ħ: 'h', ŋ: 'ng' },
};
/** Punctuation that is heard: it is unknown where the rules have no words for it. */
const SAID = /[#%&@\\§]/u;

/** With the rules that are here, normalising what is normalised changes nothing.
 *  @param language BCP 47, or rules of one's own
 *  @throws AUR_TEXT_LANGUAGE */
export function normaliseText(
  written: string,
  language: string | LanguageRules,
  { digits = 'read' }: { digits?: Digits } = {},
): NormalisedText {
  const rules = typeof language === 'string' ? rulesOf(language) : language;
  const readOut = digits === 'read' && rules.numbers !== undefined;

  let text = plainCharacters(written, rules);
  for (const [pattern, replacement] of rules.patterns) text = text.replace(pattern, replacement);
  text = expandDotted(text, rules);
  if (readOut) text = NUMBER_READERS[rules.numbers!](text);
  text = Array.from(text, (character) =>
    Object.hasOwn(rules.symbols, character) ? ` ${rules.symbols[character]} ` : character,
  ).join('');
  text = dropPunctuation(text.toLocaleLowerCase(rules.language), rules.apostrophe);

  let words = text.split(/\s+/u).filter((word) => word !== '');
  words = words.flatMap((word) => (Object.hasOwn(rules.words, word) ? rules.words[word].split(' ') : word));
  if (rules.romans && readOut) words = readRomans(words, rules.romans);
  text = words.join(' ').normalize('NFC');
  if (rules.letterCase === 'upper') text = withoutMarks(text.toLocaleUpperCase(rules.language).normalize('NFC'), rules);
  return { text, unknown: unknownIn(text, rules, digits) };
}

function plainCharacters(written: string, { characters, letters }: LanguageRules): string {
  const replaced = Array.from(written, (character) =>
    Object.hasOwn(characters, character) ? characters[character] : character,
  ).join('');
  const plain = replaced
    // 2½ must not become 21⁄2.
    .replace(VULGAR_FRACTIONS, ' $&')
    .normalize('NFKC')
    .replace(INVISIBLE, '')
    .replace(/\s+/gu, ' ')
    .replace(APOSTROPHES, "'")
    // A date, a fraction or a score: where it is not read out, it must not pass for a mark that is not heard.
    .replace(/(?<=\d)\/(?=\d)/gu, '⁄');
  if (letters === undefined) return plain;
  return withoutMarks(Array.from(plain, (character) => baseLetter(character, letters)).join(''), { letters });
}

/** Accents that stand by themselves go with the others. */
const withoutMarks = (text: string, { letters }: Pick<LanguageRules, 'letters'>): string =>
  letters === undefined ? text : text.replace(/\p{M}/gu, '');

/** The letter without what the language does not write, if that is a letter of the language. */
function baseLetter(character: string, letters: string): string {
  const lower = character.toLowerCase();
  if (!/\p{L}/u.test(character) || letters.includes(lower)) return character;
  const base = lower.normalize('NFD').replace(/\p{M}/gu, '');
  const spelt = Array.from(base, (letter) => SPELLINGS[letter] ?? letter).join('');
  if (![...spelt].every((letter) => letters.includes(letter))) return character;
  return lower === character ? spelt : spelt.toUpperCase();
}

const expandDotted = (text: string, { dotted, numbered }: LanguageRules): string =>
  text.replace(
    /(?<![\p{L}\p{M}\p{N}.'])(\p{L}+)\.(\s*\p{Lu}?\d)?/gu,
    (whole, word: string, digit: string | undefined) => {
      const key = word.toLowerCase();
      if (digit !== undefined && Object.hasOwn(numbered, key)) return `${numbered[key]} ${digit}`;
      return Object.hasOwn(dotted, key) ? `${dotted[key]} ${digit ?? ''}` : whole;
    },
  );

function dropPunctuation(text: string, apostrophe: LanguageRules['apostrophe']): string {
  const quotes =
    apostrophe === 'inside'
      ? text.replace(/(?<![\p{L}\p{M}\p{N}])'|'(?![\p{L}\p{N}])/gu, ' ')
      : text.replace(/'/gu, '');
  return quotes.replace(/\p{P}/gu, (mark) => (mark === "'" || SAID.test(mark) ? mark : ' '));
}

function unknownIn(text: string, { letters, apostrophe }: LanguageRules, digits: Digits): string[] {
  const unknown = new Set<string>();
  for (const character of text) {
    if (character === ' ' || (character === "'" && apostrophe === 'inside')) continue;
    if (digits === 'keep' && /\p{Nd}/u.test(character)) continue;
    const lower = character.toLowerCase();
    if (letters === undefined ? !/[\p{L}\p{M}]/u.test(character) : !letters.includes(lower)) unknown.add(character);
  }
  return [...unknown];
}
