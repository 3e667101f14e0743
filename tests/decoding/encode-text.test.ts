import {
  bpeTokens,
  characterTokens,
  countWords,
  encodeText,
  parseTokens,
  spaceToken,
  type TokenTable,
  textOfTokens,
  wordTokens,
} from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from './failure.js';

const symbolsOf = (table: TokenTable, text: string) => encodeText(table, text).map((id) => table.symbols[id]);

/** What comes back of a text: its words with single spaces between them. */
const spaced = (text: string) =>
  text
    .split(/[\s▁]+/u)
    .filter(Boolean)
    .join(' ');

describe('encodeText', () => {
  it('matches the longest piece first', () => {
    const table = parseTokens('<blk> 0\n▁ 1\n▁th 2\n▁the 3\nre 4\nr 5\ne 6\nx 7');
    expect(encodeText(table, 'there the xe').map((id) => table.symbols[id])).toEqual([
      ...['▁the', 're'],
      '▁the',
      ...['▁', 'x', 'e'],
    ]);
    expect(spaceToken(table)).toBeUndefined();
  });

  it('names the character that no symbol covers, and the text', () => {
    const error = failureOf(() => encodeText(characterTokens(['ab']), 'ab𝄞b'));
    expect(error.code).toBe('AUR_DECODING_UNKNOWN_SYMBOL');
    expect(error.message).toBe('"𝄞" in "ab𝄞b" is not in the vocabulary');
  });

  it('never writes the blank, though a text spells its name', () => {
    const table = characterTokens(['<blk>']);
    expect(encodeText(table, '<blk>')).not.toContain(table.blankId);
    expect(textOfTokens(table, encodeText(table, '<blk>'))).toBe('<blk>');
  });

  it('comes back as the text with single spaces, for characters and for words', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' })), (texts) => {
        for (const table of [characterTokens(texts), wordTokens(texts)])
          for (const text of texts)
            expect(textOfTokens(table, encodeText(table, text))).toBe(
              text
                .split(/[\s▁]+/u)
                .filter(Boolean)
                .join(' '),
            );
      }),
    );
  });
});

describe('encodeText of byte-pair pieces', () => {
  // h u g, p u g, p u n, b u n: the example of Hugging Face's course on BPE, with the space in front.
  const table = parseTokens('<blk> 0\n▁ 1\nb 2\ng 3\nh 4\nn 5\np 6\ns 7\nu 8\nug 9\nun 10\nhug 11\n▁hug 12\nbun 13');

  it('merges in the order of ids', () => {
    expect(symbolsOf(table, 'hugs bug pun')).toEqual(['▁hug', 's', '▁', 'b', 'ug', '▁', 'p', 'un']);
  });

  it('takes an earlier merge before a longer piece', () => {
    const overlapping = parseTokens('<blk> 0\n▁ 1\na 2\nb 3\nc 4\nd 5\n▁a 6\nbc 7\nbcd 8\n▁ab 9\n▁abc 10');
    // The longest match would be ▁abc and d.
    expect(symbolsOf(overlapping, 'abcd')).toEqual(['▁a', 'bcd']);
  });

  it('gives the first of overlapping pairs the merge', () => {
    const doubled = parseTokens('<blk> 0\n▁ 1\na 2\naa 3\n▁aa 4');
    expect(symbolsOf(doubled, 'aaaaa')).toEqual(['▁aa', 'aa', 'a']);
  });

  it('names the character that it does not have', () => {
    expect(failureOf(() => encodeText(table, 'hug éh')).message).toBe('"é" in "hug éh" is not in the vocabulary');
  });

  it('names the word where no symbol starts it', () => {
    const bare = parseTokens('<blk> 0\na 1\nb 2\n▁ab 3');
    expect(failureOf(() => encodeText(bare, 'ab ba')).message).toBe('"ba" in "ab ba" is not in the vocabulary');
  });

  it('comes back as the text, whatever the vocabulary was made of', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), fc.nat(40), (texts, merges) => {
        const counts = countWords(texts);
        fc.pre(counts.size > 0);
        const characters = characterTokens(texts).symbols.length;
        const pieces = bpeTokens(counts, { size: characters + merges });
        for (const text of texts) expect(textOfTokens(pieces, encodeText(pieces, text))).toBe(spaced(text));
      }),
    );
  });
});

describe('encodeText with byte fallback', () => {
  const words = countWords(['the cat sat on the mat', 'a rat that sat', '<0x41><0x41> <0x41>']);
  const tables: [string, TokenTable][] = [
    ['characters', characterTokens(words.keys(), { byteFallback: true })],
    ['byte-pair pieces', bpeTokens(words, { size: 320, byteFallback: true })],
    [
      'pieces that no merges make',
      { symbols: [...characterTokens([], { byteFallback: true }).symbols, '▁that', 'cat', '▁sat'], blankId: 0 },
    ],
  ];

  it.each(tables)('brings back any text whole: %s', (_, table) => {
    const word = fc.constantFrom('the', 'cat', 'that', '<0x41>', '<blk>', '<0x41><0x41>', 'ÿþ', '\uFFFD');
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 8 }), (parts) => {
        const text = parts.join(' ');
        expect(textOfTokens(table, encodeText(table, text))).toBe(spaced(text));
      }),
    );
  });

  it('spells by bytes only what no symbol covers', () => {
    const table = tables[1][1];
    expect(symbolsOf(table, 'thé cat')).toEqual(['▁th', '<0xC3>', '<0xA9>', '▁', 'c', 'at']);
  });

  it('takes no name of a byte in a text for the byte', () => {
    for (const [, table] of tables) expect(symbolsOf(table, '<0x41>')).not.toContain('<0x41>');
  });

  it('has no use for bytes that are not all there', () => {
    const table = parseTokens('<blk> 0\n▁ 1\na 2\n<0xC3> 3\n<0xA9> 4');
    expect(failureOf(() => encodeText(table, 'é')).code).toBe('AUR_DECODING_UNKNOWN_SYMBOL');
  });
});

describe('encodeText with sampling', () => {
  const texts = ['the cat sat on the mat', 'that rat sat there'];
  const table = bpeTokens(countWords([...texts, ...texts]), { size: 40 });
  /** 0, 1/n, 2/n … and again */
  const cycle = (n: number) => {
    let next = 0;
    return () => (next++ % n) / n;
  };

  it('without dropout is the plain encoding', () => {
    for (const text of texts)
      expect(encodeText(table, text, { dropout: 0, uniform: cycle(7) })).toEqual(encodeText(table, text));
  });

  it('falls into characters where every merge is dropped', () => {
    expect(encodeText(table, 'the cat', { dropout: 0.999, uniform: () => 0 }).map((id) => table.symbols[id])).toEqual([
      ...'▁the▁cat',
    ]);
  });

  it('gives other pieces of the same text, the same ones for the same numbers', () => {
    const draw = () => texts.map((text) => encodeText(table, text, { dropout: 0.3, uniform: cycle(13) }));
    expect(draw()).toEqual(draw());
    expect(draw()).not.toEqual(texts.map((text) => encodeText(table, text)));
    draw().forEach((ids, i) => {
      expect(textOfTokens(table, ids)).toBe(texts[i]);
    });
  });

  it('drops a merge as often as it is told', () => {
    // One merge can be made, so each draw decides alone.
    const single = parseTokens('<blk> 0\n▁ 1\na 2\n▁a 3');
    let seed = 1;
    const uniform = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    let merged = 0;
    for (let i = 0; i < 10_000; i++) if (encodeText(single, 'a', { dropout: 0.1, uniform }).length === 1) merged++;
    expect(merged / 10_000).toBeCloseTo(0.9, 1.5);
  });

  it('changes nothing for characters and words', () => {
    const sampling = { dropout: 0.5, uniform: cycle(2) };
    for (const plain of [characterTokens(texts), wordTokens(texts)])
      expect(encodeText(plain, texts[0], sampling)).toEqual(encodeText(plain, texts[0]));
  });
});
