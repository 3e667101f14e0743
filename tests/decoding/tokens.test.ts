import {
  characterTokens,
  encodeText,
  formatTokens,
  parseTokens,
  spaceToken,
  textOfTokens,
  wordTokens,
} from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from './failure.js';

describe('parseTokens', () => {
  it('reads symbols by their ids, in any order', () => {
    expect(parseTokens('b 2\n<blk> 0\na 1\n')).toEqual({ symbols: ['<blk>', 'a', 'b'], blankId: 0 });
  });

  it('reads a line of only an id as the space', () => {
    expect(parseTokens('<blk> 0\n 1\n7 2\n').symbols).toEqual(['<blk>', '▁', '7']);
  });

  it('takes <blk> before <eps> before <blank> for the blank', () => {
    expect(parseTokens('<blank> 0\n<eps> 1\n<blk> 2').blankId).toBe(2);
    expect(parseTokens('<blank> 0\n<eps> 1').blankId).toBe(1);
    expect(parseTokens('a 0\n<blank> 1').blankId).toBe(1);
  });

  it('reads Windows line ends, tabs, a byte order mark and an ideographic space', () => {
    expect(parseTokens('\uFEFF<blk>\t0\r\n\u3000 1\r\n').symbols).toEqual(['<blk>', '\u3000']);
  });

  it.each([
    ['a line that is no "symbol id"', '<blk> 0\na b 1\n', 2, '"a b 1"'],
    ['a symbol without an id', '<blk> 0\na\n', 2, '"a"'],
    ['a fractional id', '<blk> 0\na 1.5\n', 2, '"a 1.5"'],
    ['an id given twice', '<blk> 0\na 1\nb 1\n', 3, 'id 1 is given twice'],
    ['a negative id', '<blk> 0\na -1\n', 2, 'id -1'],
    ['an id that leaves a gap', '<blk> 0\na 2\n', 2, 'id 2: expected 0 to 1'],
    ['an id missing for an empty line', '<blk> 0\n\na 2\n', 3, 'id 1 is missing'],
    ['a table without a blank', 'a 0\nb 1\n', 2, 'no blank'],
    ['an empty text', '', 1, 'id 0 is missing'],
  ])('refuses %s, naming the line', (_, text, line, reason) => {
    const error = failureOf(() => parseTokens(text));
    expect(error.code).toBe('AUR_DECODING_TOKENS');
    expect(error.message).toContain(`line ${line}:`);
    expect(error.message).toContain(reason);
  });
});

describe('formatTokens', () => {
  const symbol = fc.stringMatching(/^[^\s<\uFEFF]{1,5}$/u);
  it('writes what parseTokens reads', () => {
    fc.assert(
      fc.property(fc.array(symbol), fc.nat(), (symbols, at) => {
        const blankId = at % (symbols.length + 1);
        const table = { symbols: symbols.toSpliced(blankId, 0, '<blk>'), blankId };
        expect(parseTokens(formatTokens(table))).toEqual(table);
      }),
    );
  });
});

describe('characterTokens', () => {
  it('has the blank, the space and the sorted characters', () => {
    expect(characterTokens(['cab', 'a ☃𝄞'])).toEqual({ symbols: ['<blk>', '▁', 'a', 'b', 'c', '☃', '𝄞'], blankId: 0 });
  });

  it('parts words by the space token and puts none in front', () => {
    const table = characterTokens(['ab cd']);
    expect(encodeText(table, ' ab  cd ').map((id) => table.symbols[id])).toEqual(['a', 'b', '▁', 'c', 'd']);
    expect(spaceToken(table)).toBe(1);
  });
});

describe('characterTokens with byte fallback', () => {
  it('has the bytes after the blank', () => {
    const { symbols, blankId } = characterTokens(['ba'], { byteFallback: true });
    expect(blankId).toBe(0);
    expect(symbols.slice(0, 3)).toEqual(['<blk>', '<0x00>', '<0x01>']);
    expect(symbols.slice(256)).toEqual(['<0xFF>', '▁', 'a', 'b']);
  });
});

describe('wordTokens', () => {
  const table = wordTokens(['two one', 'one']);
  it('has the blank and every word with its space in front', () => {
    expect(table).toEqual({ symbols: ['<blk>', '▁one', '▁two'], blankId: 0 });
    expect(spaceToken(table)).toBeUndefined();
  });

  it('encodes a word as its token, the first one too', () => {
    expect(encodeText(table, 'one two one')).toEqual([1, 2, 1]);
  });

  it('names a word that it does not have', () => {
    const error = failureOf(() => encodeText(table, 'one three'));
    expect(error.code).toBe('AUR_DECODING_UNKNOWN_SYMBOL');
    expect(error.message).toBe('"three" in "one three" is not in the vocabulary');
  });
});

describe('textOfTokens', () => {
  it('turns U+2581 into a space, without one at the start, and leaves blanks out', () => {
    const table = parseTokens('<blk> 0\n▁he 1\nllo 2\n▁you 3');
    expect(textOfTokens(table, [0, 1, 2, 0, 3])).toBe('hello you');
    expect(textOfTokens(table, [])).toBe('');
  });

  it('spells characters out of bytes', () => {
    const table = characterTokens(['ab'], { byteFallback: true });
    const ids = (...symbols: string[]) => symbols.map((symbol) => table.symbols.indexOf(symbol));
    expect(textOfTokens(table, ids('a', '<0xC3>', '<0xA9>', '▁', '<0xE2>', '<0x98>', '<0x83>', 'b'))).toBe('aé ☃b');
    expect(textOfTokens(table, ids('<0xEF>', '<0xBF>', '<0xBD>'))).toBe('\uFFFD');
  });

  it('leaves out bytes that make up no character', () => {
    const table = characterTokens(['ab'], { byteFallback: true });
    const ids = (...symbols: string[]) => symbols.map((symbol) => table.symbols.indexOf(symbol));
    expect(textOfTokens(table, ids('a', '<0xFF>', 'b', '<0xE2>', '<0x98>', 'b', '<0xA9>'))).toBe('abb');
    expect(textOfTokens(table, ids('<0xE2>', '<0x98>', '<0xC3>', '<0xA9>'))).toBe('é');
  });

  it('never fails on any bytes', () => {
    const table = characterTokens(['ab'], { byteFallback: true });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).replaceAll('\uFFFD', '');
        const text = textOfTokens(
          table,
          Array.from(bytes, (byte) => byte + 1),
        );
        expect(text.replaceAll('\uFFFD', '')).toBe(
          expected
            .split(/[\s▁]+/u)
            .filter(Boolean)
            .join(' '),
        );
      }),
    );
  });
});
