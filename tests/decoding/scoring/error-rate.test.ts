import { type AlignmentKind, alignWords, characterErrorRate, countEdits, wordErrorRate } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const editsOf = (reference: string[], hypothesis: string[]) => {
  const { substitutions, deletions, insertions } = alignWords(reference, hypothesis);
  return substitutions + deletions + insertions;
};

/** Few different words, so that many match. */
const anyWords = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 });

const anyKind = fc.constantFrom<AlignmentKind>('levenshtein', 'sclite');

/** The recursive definition of the edit distance. */
const distance = (r: string[], h: string[]): number => {
  if (r.length === 0 || h.length === 0) return r.length + h.length;
  if (r[0] === h[0]) return distance(r.slice(1), h.slice(1));
  return 1 + Math.min(distance(r.slice(1), h.slice(1)), distance(r.slice(1), h), distance(r, h.slice(1)));
};

describe('alignWords', () => {
  it('pairs a substitution, a deletion and an insertion', () => {
    const reference = 'the cat sat on the big mat'.split(' ');
    expect(alignWords(reference, 'a cat on the big red mat'.split(' '))).toEqual({
      correct: 5,
      substitutions: 1,
      deletions: 1,
      insertions: 1,
      pairs: [
        ['the', 'a'],
        ['cat', 'cat'],
        ['sat', undefined],
        ['on', 'on'],
        ['the', 'the'],
        ['big', 'big'],
        [undefined, 'red'],
        ['mat', 'mat'],
      ],
    });
  });

  it.each([
    ['', '', 0, 0, 0],
    ['one', '', 0, 1, 0],
    ['', 'one two', 0, 0, 2],
    ['one two three', 'one two three', 0, 0, 0],
    ['one two three', 'two three', 0, 1, 0],
    ['one', 'two', 1, 0, 0],
    ['one one', 'one', 0, 1, 0],
  ])('counts "%s" heard as "%s"', (reference, hypothesis, substitutions, deletions, insertions) => {
    const split = (text: string) => text.split(' ').filter(Boolean);
    expect(alignWords(split(reference), split(hypothesis))).toMatchObject({ substitutions, deletions, insertions });
  });

  it('finds as few edits as the recursive definition', () => {
    const short = fc.array(fc.constantFrom('a', 'b'), { maxLength: 5 });
    fc.assert(
      fc.property(short, short, (r, h) => {
        expect(editsOf(r, h)).toBe(distance(r, h));
      }),
    );
  });

  it('needs no edit for the same text', () => {
    fc.assert(fc.property(anyWords, (text) => editsOf(text, text) === 0));
  });

  it('turns deletions into insertions when the two change places', () => {
    fc.assert(
      fc.property(anyWords, anyWords, (r, h) => {
        const there = alignWords(r, h);
        const back = alignWords(h, r);
        expect(editsOf(h, r)).toBe(editsOf(r, h));
        expect(there.insertions - there.deletions).toBe(back.deletions - back.insertions);
      }),
    );
  });

  it('keeps to the triangle inequality', () => {
    fc.assert(
      fc.property(anyWords, anyWords, anyWords, (a, b, c) => {
        expect(editsOf(a, c)).toBeLessThanOrEqual(editsOf(a, b) + editsOf(b, c));
      }),
    );
  });

  it('spells both texts by its pairs and counts each pair once', () => {
    fc.assert(
      fc.property(anyWords, anyWords, anyKind, (r, h, kind) => {
        const { pairs, correct, substitutions, deletions, insertions } = alignWords(r, h, kind);
        expect(pairs.flatMap(([word]) => word ?? [])).toEqual(r);
        expect(pairs.flatMap(([, word]) => word ?? [])).toEqual(h);
        expect(pairs.filter(([a, b]) => a === b)).toHaveLength(correct);
        expect(pairs.filter(([a, b]) => a && b && a !== b)).toHaveLength(substitutions);
        expect(pairs.filter(([, b]) => b === undefined)).toHaveLength(deletions);
        expect(pairs.filter(([a]) => a === undefined)).toHaveLength(insertions);
      }),
    );
  });
});

/** The cost of a cheapest alignment by the whole matrix. */
function wholeMatrix(reference: string[], hypothesis: string[], substitution: number, gap: number): number {
  let row = Array.from({ length: hypothesis.length + 1 }, (_, h) => h * gap);
  for (const word of reference) {
    const above = row;
    row = [above[0] + gap];
    hypothesis.forEach((heard, h) => {
      row.push(Math.min(above[h] + (word === heard ? 0 : substitution), above[h + 1] + gap, row[h] + gap));
    });
  }
  return row.at(-1)!;
}

describe('the band of the matrix', () => {
  const longWords = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 100, maxLength: 300 });
  const costOf = (kind: AlignmentKind, r: string[], h: string[]) => {
    const { substitutions, deletions, insertions } = alignWords(r, h, kind);
    return kind === 'sclite'
      ? 4 * substitutions + 3 * (deletions + insertions)
      : substitutions + deletions + insertions;
  };

  it('has a cheapest alignment of the whole', () => {
    fc.assert(
      fc.property(longWords, longWords, (r, h) => {
        expect(costOf('levenshtein', r, h)).toBe(wholeMatrix(r, h, 1, 1));
        expect(costOf('sclite', r, h)).toBe(wholeMatrix(r, h, 4, 3));
      }),
      { numRuns: 30 },
    );
  });

  it('is widened until nothing outside can be cheaper', () => {
    // 50 substitutions fit into the first band, 20 deletions and 20 insertions do not.
    const text = Array.from({ length: 50 }, (_, i) => `w${i}`);
    const heard = [...text.slice(20), ...text.slice(0, 20)];
    expect(countEdits(text, heard)).toEqual({ correct: 30, substitutions: 0, deletions: 20, insertions: 20 });
  });

  it('is as good where a long stretch was not heard', () => {
    const text = Array.from({ length: 600 }, (_, i) => `w${i % 97}`);
    const heard = [...text.slice(0, 100), ...text.slice(400)];
    expect(countEdits(text, heard)).toEqual({ correct: 300, substitutions: 0, deletions: 300, insertions: 0 });
    expect(countEdits(heard, text, 'sclite')).toMatchObject({ correct: 300, insertions: 300 });
  });

  it('gives the counts of the pairs without keeping them', () => {
    fc.assert(
      fc.property(anyWords, anyWords, anyKind, (r, h, kind) => {
        const { pairs, ...counts } = alignWords(r, h, kind);
        expect(countEdits(r, h, kind)).toEqual(counts);
      }),
    );
  });

  it('aligns 10,000 words without gigabytes', () => {
    const said = Array.from({ length: 10_000 }, (_, i) => `w${(i * 7919) % 4001}`);
    const heard = said.flatMap((word, i) => (i % 10 === 0 ? [] : i % 7 === 0 ? ['x'] : [word]));
    const before = process.memoryUsage().arrayBuffers;
    const { substitutions, deletions, insertions } = alignWords(said, heard);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
    expect(deletions).toBe(1000);
    expect(substitutions).toBe(heard.filter((word) => word === 'x').length);
    expect(insertions).toBe(0);
  });
});

describe("sclite's costs", () => {
  it('take a word heard a place further on for a deletion and an insertion', () => {
    expect(alignWords(['a', 'b'], ['b', 'x'])).toMatchObject({ substitutions: 2, deletions: 0, insertions: 0 });
    expect(alignWords(['a', 'b'], ['b', 'x'], 'sclite')).toMatchObject({
      substitutions: 0,
      deletions: 1,
      insertions: 1,
    });
  });

  it('may count more edits, never fewer', () => {
    // Five substitutions, or three deletions and three insertions around two matches.
    const [r, h] = ['a b c x y', 'x y d e f'].map((text) => text.split(' '));
    const edits = (kind: AlignmentKind) => {
      const { substitutions, deletions, insertions } = alignWords(r, h, kind);
      return substitutions + deletions + insertions;
    };
    expect([edits('levenshtein'), edits('sclite')]).toEqual([5, 6]);
  });
});

describe('wordErrorRate', () => {
  it('divides all edits by all words of the references', () => {
    const rate = wordErrorRate([
      { reference: 'one two  three', hypothesis: 'one too three four' },
      { reference: 'five', hypothesis: ' five ' },
    ]);
    expect(rate).toEqual({
      rate: 2 / 4,
      substitutions: 1,
      deletions: 0,
      insertions: 1,
      referenceUnits: 4,
      utterances: 2,
      exact: 1,
    });
  });

  it('may exceed 1', () => {
    expect(wordErrorRate([{ reference: 'a', hypothesis: 'b c' }]).rate).toBe(2);
  });

  it('is 0 for silence heard as silence and 1 for words heard in it', () => {
    expect(wordErrorRate([]).rate).toBe(0);
    expect(wordErrorRate([{ reference: '', hypothesis: '' }]).rate).toBe(0);
    expect(wordErrorRate([{ reference: '', hypothesis: 'a b' }]).rate).toBe(1);
  });
});

describe('characterErrorRate', () => {
  it('counts code points, a space between words being one', () => {
    const rate = characterErrorRate([{ reference: 'a  𝄞b', hypothesis: 'ab' }]);
    expect(rate).toMatchObject({ referenceUnits: 4, deletions: 2, substitutions: 0, insertions: 0, rate: 0.5 });
  });
});
