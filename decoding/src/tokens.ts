/** The text of a tokens.txt goes in, a token table comes out; texts become token ids and back. */
import { BYTE_SYMBOLS, joinSymbols } from './byte-tokens.js';
import { DecodingError } from './errors.js';
import type { Lexicon } from './lexicon/lexicon.js';

/** Stands for a space, alone or in front of a word (SentencePiece's U+2581). */
export const WORD_START = '▁';
/** The blank of the tables made here. */
export const BLANK = '<blk>';
/** What the blank may be called; the first that a table holds is its blank. */
const BLANK_NAMES = [BLANK, '<eps>', '<blank>'];

export interface TokenTable {
  /** symbol of each id */
  symbols: readonly string[];
  blankId: number;
  /** of a table of sounds: how words are spelled with it */
  lexicon?: Lexicon;
}

/** Reads sherpa-onnx's layout: `symbol id` a line in any order; a line with only an id is the space.
 *  @throws DecodingError AUR_DECODING_TOKENS naming the line (of a fault of the whole, the last line) */
export function parseTokens(text: string): TokenTable {
  const symbols: string[] = [];
  const fail = (line: number, reason: string) => new DecodingError('AUR_DECODING_TOKENS', { line, reason });
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (lines.length > 1 && lines[lines.length - 1].trim() === '') lines.pop();
  lines.forEach((content, index) => {
    if (content.trim() === '') return;
    // Only ASCII blanks part the fields: an ideographic space is a symbol.
    const match = /^[ \t]*(?:([^ \t]+)[ \t]+)?(-?\d+)[ \t]*$/.exec(content);
    if (!match) throw fail(index + 1, `"${content}": expected "symbol id"`);
    const id = Number(match[2]);
    if (id < 0 || id >= lines.length) throw fail(index + 1, `id ${id}: expected 0 to ${lines.length - 1}`);
    if (symbols[id] !== undefined) throw fail(index + 1, `id ${id} is given twice`);
    symbols[id] = match[1] ?? WORD_START;
  });
  const missing = Array.from(symbols).indexOf(undefined as never);
  if (symbols.length === 0 || missing >= 0) throw fail(lines.length, `id ${Math.max(missing, 0)} is missing`);
  const blank = BLANK_NAMES.find((name) => symbols.includes(name));
  if (!blank) throw fail(lines.length, `no blank: expected one of ${BLANK_NAMES.join(', ')}`);
  return { symbols, blankId: symbols.indexOf(blank) };
}

/** The table as the text of a tokens.txt, in the order of ids. */
export const formatTokens = ({ symbols }: TokenTable): string =>
  symbols.map((symbol, id) => `${symbol} ${id}\n`).join('');

/** A text's words; U+2581 is a space wherever it stands. */
export const wordsOf = (text: string): string[] => text.split(/[\s▁]+/u).filter((word) => word !== '');

const sorted = (symbols: Set<string>) => [...symbols].sort();

/** A table of the blank, 256 bytes where asked for characters that the texts do not have, the space and every character (code point)
 *  of the texts, sorted. */
export function characterTokens(texts: Iterable<string>, { byteFallback = false } = {}): TokenTable {
  const characters = new Set<string>();
  for (const text of texts) for (const word of wordsOf(text)) for (const character of word) characters.add(character);
  return { symbols: [BLANK, ...(byteFallback ? BYTE_SYMBOLS : []), WORD_START, ...sorted(characters)], blankId: 0 };
}

/** A table of the blank and every word of the texts as one token, sorted: for small closed vocabularies. */
export function wordTokens(texts: Iterable<string>): TokenTable {
  const words = new Set<string>();
  for (const text of texts) for (const word of wordsOf(text)) words.add(WORD_START + word);
  return { symbols: [BLANK, ...sorted(words)], blankId: 0 };
}

/** Whether some symbol holds a space together with what follows it: whole words or SentencePiece's pieces. */
export const startsWords = ({ symbols }: TokenTable): boolean =>
  symbols.some((symbol) => symbol.length > 1 && symbol.startsWith(WORD_START));

/** The token that stands between words; undefined where the words' own tokens start with the space. */
export function spaceToken(table: TokenTable): number | undefined {
  const id = startsWords(table) ? -1 : table.symbols.indexOf(WORD_START);
  return id < 0 ? undefined : id;
}

/** The text of token ids: U+2581 becomes a space; leading, trailing and repeated spaces and blanks are left out, and so are bytes
 *  (`<0xC3>`) that make up no character. */
export function textOfTokens(table: TokenTable, ids: Iterable<number>): string {
  const symbols: string[] = [];
  for (const id of ids) if (id !== table.blankId) symbols.push(table.symbols[id]);
  return wordsOf(joinSymbols(symbols)).join(' ');
}
