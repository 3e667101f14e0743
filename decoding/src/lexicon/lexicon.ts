/** The text of a pronouncing dictionary goes in, the spellings of its words in the model's tokens come out: for models whose tokens are sounds. */
import { DecodingError } from '../errors.js';
import { wordsOf } from '../tokens.js';

/** Spellings of each word in what the tokens write, at least one, the usual one first. Words of one spelling are homophones. */
export type Lexicon = ReadonlyMap<string, readonly string[]>;

/** Combinations of its words' pronunciations that a phrase is told by at most. */
const MOST_SPELLINGS = 8;

/** Reads Kaldi's layout: `word phone phone …` a line; a word of several pronunciations has several lines.
 *  @throws DecodingError AUR_DECODING_LEXICON naming the line */
export function parseLexicon(text: string): Lexicon {
  const lexicon = new Map<string, string[]>();
  text.split(/\r?\n/).forEach((content, index) => {
    const [word, ...phones] = content.trim().split(/\s+/);
    if (word === '') return;
    if (phones.length === 0)
      throw new DecodingError('AUR_DECODING_LEXICON', { line: index + 1, reason: `"${word}" has no pronunciation` });
    const spelling = phones.join('');
    const found = lexicon.get(word);
    if (!found) lexicon.set(word, [spelling]);
    else if (!found.includes(spelling)) found.push(spelling);
  });
  if (lexicon.size === 0) throw new DecodingError('AUR_DECODING_LEXICON', { line: 1, reason: 'it has no word' });
  return lexicon;
}

/** The lexicon as text that `parseLexicon` reads. */
export const formatLexicon = (lexicon: Lexicon): string =>
  [...lexicon]
    .flatMap(([word, spellings]) => spellings.map((spelling) => `${word} ${[...spelling].join(' ')}\n`))
    .join('');

/** A text as it is usually said.
 *  @throws DecodingError AUR_DECODING_PRONUNCIATION naming the first word that the lexicon does not have */
export const pronounce = (lexicon: Lexicon, text: string): string =>
  wordsOf(text)
    .map((word) => spellingsOf(lexicon, word)[0])
    .join(' ');

/** The ways to say a phrase, the usual one first.
 *  @throws DecodingError AUR_DECODING_PRONUNCIATION */
export function pronunciations(lexicon: Lexicon, phrase: string): string[] {
  let said = [''];
  for (const word of wordsOf(phrase)) {
    const spellings = spellingsOf(lexicon, word);
    said = said.flatMap((before) => spellings.map((spelling) => (before === '' ? spelling : `${before} ${spelling}`)));
    said.length = Math.min(said.length, MOST_SPELLINGS);
  }
  return said;
}

function spellingsOf(lexicon: Lexicon, word: string): readonly string[] {
  const found = lexicon.get(word);
  if (!found) throw new DecodingError('AUR_DECODING_PRONUNCIATION', { word });
  return found;
}
