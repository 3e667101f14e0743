/** Characters that a vocabulary lacks go in as bytes, `<0x00>` to `<0xFF>` (SentencePiece's byte fallback), and come back as characters. */

/** What is written in angle brackets (`<blk>`, `<unk>`, `<0x41>`) stands for no text as it is written. */
export const isControlSymbol = (symbol: string): boolean => /^<.+>$/s.test(symbol);

export const BYTE_SYMBOLS: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);

const BYTES = new Map(BYTE_SYMBOLS.map((symbol, byte) => [symbol, byte]));

/** The byte that a symbol names; undefined where it names none. */
export const byteOf = (symbol: string): number | undefined => BYTES.get(symbol);

/** UTF-8; a lone surrogate becomes U+FFFD. */
export const byteSymbolsOf = (character: string): string[] =>
  Array.from(new TextEncoder().encode(character), (byte) => BYTE_SYMBOLS[byte]);

/** One character of UTF-8 as The Unicode Standard has it (table 3-7), a byte a code unit. */
const WELL_FORMED =
  /[^\x80-\xff]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}/g;

/** Joins symbols; runs of bytes become the characters that they spell, what spells none is left out, as sherpa-onnx does. */
export function joinSymbols(symbols: Iterable<string>): string {
  let text = '';
  let bytes = '';
  const spellOut = () => {
    const spelt = (bytes.match(WELL_FORMED) ?? []).join('');
    text += new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(spelt, (unit) => unit.charCodeAt(0)));
    bytes = '';
  };
  for (const symbol of symbols) {
    const byte = BYTES.get(symbol);
    if (byte !== undefined) {
      bytes += String.fromCharCode(byte);
      continue;
    }
    if (bytes !== '') spellOut();
    text += symbol;
  }
  if (bytes !== '') spellOut();
  return text;
}
