import { type AlignedUtterance, alignWords, bothTails, matchedPairs } from '@auricle/decoding';
import { describe, expect, it } from 'vitest';

const aligned = (reference: string, hypothesis: string, id = 'u'): AlignedUtterance => {
  const [said, heard] = [reference, hypothesis].map((text) => text.split(' ').filter(Boolean));
  return { id, words: alignWords(said, heard) };
};
/** One utterance, two systems. */
const test = (reference: string, first: string, second: string) =>
  matchedPairs([aligned(reference, first)], [aligned(reference, second)]);

describe('matchedPairs', () => {
  it('cuts where both systems have two words right', () => {
    expect(test('a b c d e f', 'x b c d e f', 'a b c d e y').segments).toBe(2);
    expect(test('a b c d e f', 'x b c y e f', 'a b c d e f').segments).toBe(2);
  });

  it('does not cut at one, nor at two with an insertion between', () => {
    expect(test('a b c', 'x b y', 'a b c').segments).toBe(1);
    expect(test('a b c d', 'x b c y', 'a b z c d').segments).toBe(1);
  });

  it('has no segment where both are right, and knows no difference then', () => {
    expect(test('a b c', 'a b c', 'a b c')).toEqual({ segments: 0, mean: 0, standardDeviation: 0, z: 0, p: 1 });
    expect(matchedPairs([], []).p).toBe(1);
  });

  it('counts what is inserted at the end, also where nothing is said', () => {
    expect(test('a b', 'a b', 'a b c')).toMatchObject({ segments: 1, mean: -1 });
    expect(test('', 'x y', '')).toMatchObject({ segments: 1, mean: 2 });
  });

  it('changes its sign when the systems change places', () => {
    const there = test('a b c d e f g', 'x y c d e f z', 'a b c d q f g');
    const back = test('a b c d e f g', 'a b c d q f g', 'x y c d e f z');
    expect(there.z).toBeCloseTo(-back.z, 12);
    expect(there.p).toBeCloseTo(back.p, 12);
    expect(there.z).not.toBe(0);
  });

  it('goes by the sign test where all segments have the same difference', () => {
    const segments = (count: number) => Array.from({ length: count }, () => aligned('a b', 'a x'));
    const right = Array.from({ length: 60 }, () => aligned('a b', 'a b'));
    expect(matchedPairs(segments(60), right)).toMatchObject({ segments: 60, mean: 1, z: 0, p: 2 ** -59 });
    expect(matchedPairs(segments(1), right.slice(0, 1)).p).toBe(1);
    expect(matchedPairs(segments(60), segments(60))).toMatchObject({ segments: 60, mean: 0, p: 1 });
  });

  it('refuses systems with other references', () => {
    const refusal = () => matchedPairs([aligned('a b', 'a', 'u7')], [aligned('a c', 'a', 'u7')]);
    expect(refusal).toThrow(expect.objectContaining({ code: 'AUR_DECODING_REFERENCES' }));
    expect(refusal).toThrow(/u7.*"a b".*"a c"/);
  });
});

describe('bothTails', () => {
  // math.erfc(z / math.sqrt(2)) of Python 3.11
  it.each([
    [0, 1],
    [0.1, 0.920344325445942],
    [1, 0.31731050786291415],
    [1.959963984540054, 0.05],
    [2.9999, 0.0027006825659098496],
    [3.0001, 0.002698909826521434],
    [5, 5.733031437583892e-7],
    [10, 1.5239706048321186e-23],
  ])('of %d is %d', (z, p) => {
    expect(bothTails(z) / p).toBeCloseTo(1, 9);
    expect(bothTails(-z)).toBe(bothTails(z));
  });

  it('has no answer for what is no number', () => {
    expect(bothTails(Number.NaN)).toBeNaN();
    expect(bothTails(Number.POSITIVE_INFINITY)).toBe(0);
  });
});
