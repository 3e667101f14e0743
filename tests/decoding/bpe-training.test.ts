import { bpeTokens, characterTokens, countWords, DecodingError, encodeText } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** A plain statement of the algorithm, counting everything anew for every merge. */
function slowBpe(counts: Map<string, number>, size: number): { symbols: string[]; words: string[][] } {
  const symbols = [...characterTokens(counts.keys()).symbols];
  let words = [...counts].map(([word, count]) => ({ pieces: ['▁', ...word], count }));
  while (symbols.length < size) {
    const pairs = new Map<string, { left: string; right: string; count: number }>();
    for (const { pieces, count } of words)
      for (let i = 0; i + 1 < pieces.length; i++) {
        const [left, right] = [pieces[i], pieces[i + 1]];
        const pair = pairs.get(`${left} ${right}`) ?? { left, right, count: 0 };
        pair.count += count;
        pairs.set(`${left} ${right}`, pair);
      }
    const rank = (symbol: string) => symbols.indexOf(symbol);
    const best = [...pairs.values()]
      .filter(({ left, right, count }) => count >= 2 && !/^<.+>$/.test(left + right))
      .sort((a, b) => b.count - a.count || rank(a.left) - rank(b.left) || rank(a.right) - rank(b.right))[0];
    if (!best) break;
    symbols.push(best.left + best.right);
    words = words.map(({ pieces, count }) => {
      const merged: string[] = [];
      for (let i = 0; i < pieces.length; i++)
        if (pieces[i] === best.left && pieces[i + 1] === best.right) merged.push(pieces[i] + pieces[++i]);
        else merged.push(pieces[i]);
      return { pieces: merged, count };
    });
  }
  return { symbols, words: words.map(({ pieces }) => pieces) };
}

/** Few letters, so that pairs repeat and overlap. */
const texts = fc.array(fc.stringMatching(/^[ab<>0x ]{1,12}$/), { minLength: 1, maxLength: 12 });

describe('countWords', () => {
  it('counts words, and goes on with counts', () => {
    const counts = countWords(['a b  a', '▁b']);
    expect([...counts]).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
    expect(countWords(['a'], counts).get('a')).toBe(3);
  });
});

describe('bpeTokens', () => {
  it('merges the most frequent pair first and numbers pieces in that order', () => {
    // Sennrich et al. 2016, figure 1, with the space in front instead of an end of word.
    const { symbols, blankId } = bpeTokens(
      new Map([
        ['low', 5],
        ['lower', 2],
        ['newest', 6],
        ['widest', 3],
      ]),
      { size: 18 },
    );
    expect(blankId).toBe(0);
    expect(symbols.slice(0, 12)).toEqual(['<blk>', '▁', ...'deilnorstw']);
    // es and est 9 times; then what makes up low 7 times, where the pair of the lower ids comes first; then newest 6 times.
    expect(symbols.slice(12)).toEqual(['es', 'est', '▁l', 'ow', '▁low', '▁n']);
  });

  it('is the plain algorithm, only faster', () => {
    fc.assert(
      fc.property(texts, fc.nat(20), (some, merges) => {
        const counts = countWords(some);
        fc.pre(counts.size > 0);
        const size = characterTokens(some).symbols.length + merges;
        expect(bpeTokens(counts, { size }).symbols).toEqual(slowBpe(counts, size).symbols);
      }),
    );
  });

  it('does not mind the order of the words', () => {
    fc.assert(
      fc.property(texts, fc.nat(20), (some, merges) => {
        const counts = [...countWords(some)];
        fc.pre(counts.length > 0);
        const size = characterTokens(some).symbols.length + merges;
        expect(bpeTokens(counts.toReversed(), { size })).toEqual(bpeTokens(counts, { size }));
      }),
    );
  });

  it('makes no piece twice, and encoding parts every word as training did', () => {
    fc.assert(
      fc.property(texts, fc.nat(20), (some, merges) => {
        const counts = countWords(some);
        fc.pre(counts.size > 0);
        const size = characterTokens(some).symbols.length + merges;
        const table = bpeTokens(counts, { size });
        expect(new Set(table.symbols).size).toBe(table.symbols.length);
        // Without a piece that starts a word, spaces are tokens of their own and the first word has none.
        fc.pre(table.symbols.some((symbol) => symbol.length > 1 && symbol.startsWith('▁')));
        const encoded = [...counts.keys()].map((word) => encodeText(table, word).map((id) => table.symbols[id]));
        expect(encoded).toEqual(slowBpe(counts, size).words);
      }),
    );
  });

  it('never merges over a space, nor anything to a name in angle brackets', () => {
    const { symbols } = bpeTokens(countWords(Array(9).fill('<blk> <blk> b<a')), { size: 100 });
    expect(symbols.filter((symbol) => symbol.lastIndexOf('▁') > 0)).toEqual([]);
    expect(symbols.filter((symbol) => /^<.+>$/.test(symbol))).toEqual(['<blk>']);
    expect(symbols).toContain('▁<');
  });

  it('stops where no pair occurs twice', () => {
    expect(bpeTokens(new Map([['ab', 1]]), { size: 100 }).symbols).toEqual(['<blk>', '▁', 'a', 'b']);
    expect(bpeTokens(new Map([['ab', 2]]), { size: 100 }).symbols).toEqual(['<blk>', '▁', 'a', 'b', '▁a', '▁ab']);
  });

  it('has the bytes after the blank', () => {
    const { symbols } = bpeTokens(new Map([['ab', 2]]), { size: 260, byteFallback: true });
    expect([symbols[1], symbols[256]]).toEqual(['<0x00>', '<0xFF>']);
    expect(symbols.slice(257)).toEqual(['▁', 'a', 'b']);
  });

  it.each([
    ['no words', [], 10, 'AUR_DECODING_NO_WORDS', 'no words'],
    ['a size below the characters', [['abc', 1]], 4, 'AUR_DECODING_VOCABULARY_SIZE', 'size 4: expected at least 5'],
  ] as const)('refuses %s', (_, words, size, code, message) => {
    let error: unknown;
    try {
      bpeTokens(words, { size });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DecodingError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
