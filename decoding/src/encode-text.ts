/** A text and a token table go in, token ids come out: by merges where the table was made by them, else the longest symbol first. */
import { mergeByRank, type Sampling } from './bpe.js';
import { BYTE_SYMBOLS, byteSymbolsOf, isControlSymbol } from './byte-tokens.js';
import { DecodingError } from './errors.js';
import { pronounce } from './lexicon/lexicon.js';
import { spaceToken, startsWords, type TokenTable, WORD_START, wordsOf } from './tokens.js';

/** Token ids of a text. Two kinds of table:
 *  - where some symbol is U+2581 and more (words, pieces), every word is matched with U+2581 in front, the first one too;
 *  - otherwise (characters) words are matched bare with the U+2581 token between them: `ab cd` is a b ▁ c d.
 *    A table that has no U+2581 at all (no spaces in the language's vocabulary) joins the words.
 *
 *  Where every symbol of several characters is two others joined (byte-pair encoding), characters are merged in the order of ids;
 *  otherwise the longest symbol comes first. Where the table has all 256 bytes, they spell what no symbol covers. The blank and other
 *  names in angle brackets are never written, though a text spells them.
 *
 *  A table with a lexicon writes words as they are usually said.
 *  @param sampling draws a segmentation of such a table at random
 *  @throws DecodingError AUR_DECODING_UNKNOWN_SYMBOL naming the first character that no symbol covers, or the word where none starts it;
 *  AUR_DECODING_PRONUNCIATION naming a word that the table's lexicon does not have */
export function encodeText(table: TokenTable, text: string, sampling?: Sampling): number[] {
  const matching = matchingOf(table);
  const encoded: number[] = [];
  const written = table.lexicon ? pronounce(table.lexicon, text) : text;
  for (const [index, word] of wordsOf(written).entries()) {
    if (index > 0 && matching.space !== undefined) encoded.push(matching.space);
    const symbols = matching.ranks
      ? mergedSymbols(matching, matching.ranks, word, text, sampling)
      : longestSymbols(matching, word, text);
    for (const symbol of symbols) encoded.push(matching.ids.get(symbol) ?? matching.byteIds!.get(symbol)!);
  }
  return encoded;
}

/** What encoding needs to know of a table. */
interface Matching {
  /** of the symbols that stand for text */
  ids: Map<string, number>;
  /** of the bytes, where the table has all of them */
  byteIds?: Map<string, number>;
  /** in front of every word */
  prefix: string;
  /** between words */
  space?: number;
  /** of the symbols that merges make; absent where they do not make all */
  ranks?: Map<string, number>;
  /** code units */
  longest: number;
}

/** Looking through a table takes longer than encoding a sentence. */
const known = new WeakMap<TokenTable, Matching>();

function matchingOf(table: TokenTable): Matching {
  const found = known.get(table);
  if (found) return found;
  const all = new Map(table.symbols.map((symbol, id) => [symbol, id]));
  const ids = new Map([...all].filter(([symbol, id]) => id !== table.blankId && !isControlSymbol(symbol)));
  const bytes = BYTE_SYMBOLS.flatMap((symbol) => (all.has(symbol) ? [[symbol, all.get(symbol)!] as const] : []));
  const pieces = [...ids].filter(([symbol]) => [...symbol].length > 1);
  const isMerged = (piece: string) => {
    for (let at = 1; at < piece.length; at++) if (ids.has(piece.slice(0, at)) && ids.has(piece.slice(at))) return true;
    return false;
  };
  const matching: Matching = {
    ids,
    byteIds: bytes.length === BYTE_SYMBOLS.length ? new Map(bytes) : undefined,
    prefix: startsWords(table) ? WORD_START : '',
    space: spaceToken(table),
    ranks: pieces.every(([piece]) => isMerged(piece)) ? new Map(pieces) : undefined,
    longest: [...ids.keys()].reduce((most, symbol) => Math.max(most, symbol.length), 0),
  };
  known.set(table, matching);
  return matching;
}

function mergedSymbols(
  { ids, byteIds, prefix }: Matching,
  ranks: Map<string, number>,
  word: string,
  text: string,
  sampling: Sampling | undefined,
): string[] {
  const merged: string[] = [];
  let run: string[] = [];
  for (const character of prefix + word) {
    if (ids.has(character)) {
      run.push(character);
      continue;
    }
    if (!byteIds) throw unknownSymbol(character === WORD_START ? word : character, text);
    merged.push(...mergeByRank(run, ranks, sampling), ...byteSymbolsOf(character));
    run = [];
  }
  return merged.concat(mergeByRank(run, ranks, sampling));
}

function longestSymbols({ ids, byteIds, prefix, longest }: Matching, word: string, text: string): string[] {
  const symbols: string[] = [];
  let rest = prefix + word;
  while (rest !== '') {
    let length = Math.min(longest, rest.length);
    while (length > 0 && !ids.has(rest.slice(0, length))) length--;
    if (length > 0) symbols.push(rest.slice(0, length));
    else {
      const character = String.fromCodePoint(rest.codePointAt(0)!);
      if (!byteIds || character === WORD_START) throw unknownSymbol(character === WORD_START ? word : character, text);
      symbols.push(...byteSymbolsOf(character));
      length = character.length;
    }
    rest = rest.slice(length);
  }
  return symbols;
}

const unknownSymbol = (symbol: string, text: string) =>
  new DecodingError('AUR_DECODING_UNKNOWN_SYMBOL', { symbol, text });
