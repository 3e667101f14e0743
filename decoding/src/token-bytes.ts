/** A token table goes in, each token's spelling in bytes comes out, a space where a word starts: what word trees and hotwords step through. */
import { byteOf } from './byte-tokens.js';
import { packed } from './lm/vocabulary.js';
import { type TokenTable, WORD_START } from './tokens.js';

/** Stands between words; no word has it. */
export const SPACE = 0x20;

export interface TokenBytes {
  /** of all tokens, UTF-8 */
  bytes: Uint8Array;
  /** token t spells bytes[offsets[t]] to bytes[offsets[t + 1] - 1] */
  offsets: Uint32Array;
}

const known = new WeakMap<TokenTable, TokenBytes>();

/** The blank spells nothing, a byte token (`<0xC3>`) its byte, every other token its symbol. */
export function tokenBytesOf(table: TokenTable): TokenBytes {
  const found = known.get(table);
  if (found) return found;
  const spellings = table.symbols.map((symbol, id) => {
    if (id === table.blankId) return new Uint8Array(0);
    const byte = byteOf(symbol);
    return byte === undefined ? spellingOf(symbol) : Uint8Array.of(byte);
  });
  const made = packed(spellings);
  known.set(table, made);
  return made;
}

/** Bytes of a symbol, a word or a phrase: what parts words becomes one space each. */
export const spellingOf = (text: string): Uint8Array =>
  new TextEncoder().encode(text.replaceAll(WORD_START, ' ').replace(/\s/gu, ' '));
