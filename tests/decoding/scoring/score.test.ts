import { Random } from '@auricle/datasets';
import {
  alignmentLines,
  alignWords,
  compareScores,
  groupScores,
  scoreIntervals,
  scoreOf,
  scoresByLength,
  scoreUtterance,
} from '@auricle/decoding';
import { describe, expect, it } from 'vitest';

const options = () => {
  const random = new Random(1);
  return { uniform: () => random.uniform(), resamples: 500, level: 0.95 };
};
const scored = (texts: readonly (readonly [reference: string, hypothesis: string, speaker?: string])[]) =>
  texts.map(([reference, hypothesis, speaker], i) => scoreUtterance({ id: `u${i}`, reference, hypothesis, speaker }));

const UTTERANCES = scored([
  ['one two three', 'one two three', 'anna'],
  ['four', 'for', 'bert'],
  ['five six', 'five', 'anna'],
  ['', 'seven', 'bert'],
]);

describe('scoreOf', () => {
  it('counts words, characters and sentences', () => {
    const { words, characters, sentenceErrorRate } = scoreOf(UTTERANCES);
    expect(words).toMatchObject({ rate: 3 / 6, substitutions: 1, deletions: 1, insertions: 1, referenceUnits: 6 });
    expect(characters).toMatchObject({ referenceUnits: 25, substitutions: 0, deletions: 5, insertions: 5 });
    expect(sentenceErrorRate).toBe(3 / 4);
  });

  it('tells the speakers apart', () => {
    const speakers = groupScores(UTTERANCES, ({ speaker }) => speaker);
    expect([...speakers.keys()]).toEqual(['anna', 'bert']);
    expect(speakers.get('anna')!.words).toMatchObject({ rate: 1 / 5, utterances: 2, exact: 1 });
    expect(speakers.get('bert')!.words).toMatchObject({ rate: 2, utterances: 2, exact: 0 });
  });

  it('groups by lengths that double', () => {
    const lengths = [0, 1, 2, 3, 4, 7, 8, 15, 16].map((n) => [Array(n).fill('a').join(' '), ''] as const);
    expect(scoresByLength(scored(lengths)).map(({ from, to, words }) => [from, to, words.utterances])).toEqual([
      [0, 0, 1],
      [1, 1, 1],
      [2, 3, 2],
      [4, 7, 2],
      [8, 15, 2],
      [16, 31, 1],
    ]);
  });
});

describe('scoreIntervals', () => {
  it('hold the rates', () => {
    const intervals = scoreIntervals(UTTERANCES, options());
    const { words, characters, sentenceErrorRate } = scoreOf(UTTERANCES);
    for (const [{ low, high }, rate] of [
      [intervals.words, words.rate],
      [intervals.characters, characters.rate],
      [intervals.sentences, sentenceErrorRate],
    ] as const) {
      expect(low).toBeLessThanOrEqual(rate);
      expect(high).toBeGreaterThanOrEqual(rate);
      expect(high).toBeGreaterThan(low);
    }
  });

  it('are 0 where nothing is wrong', () => {
    const none = { low: 0, high: 0 };
    const intervals = scoreIntervals(
      scored([
        ['a', 'a'],
        ['b c', 'b c'],
      ]),
      options(),
    );
    expect(intervals).toEqual({ words: none, characters: none, sentences: none });
  });
});

describe('compareScores', () => {
  const texts = Array.from({ length: 60 }, (_, i) => `this is number ${i} of them`);
  const right = scored(texts.map((text) => [text, text]));
  const wrong = scored(texts.map((text, i) => [text, i % 2 === 0 ? text.replace('is', 'was') : text]));

  it('matches utterances by id, in whatever order', () => {
    const { utterances, difference, onlyFirst, onlySecond } = compareScores(wrong, [...right].reverse(), options());
    expect({ utterances, onlyFirst, onlySecond }).toEqual({ utterances: 60, onlyFirst: [], onlySecond: [] });
    expect(difference).toBeCloseTo(-30 / 360, 12);
  });

  it('finds the better one, by the interval of the difference and in most drawn sets', () => {
    const { interval, improvement, first, second } = compareScores(wrong, right, options());
    expect(interval.high).toBeLessThan(0);
    expect(improvement).toBe(1);
    expect([first.words.substitutions, second.words.substitutions]).toEqual([30, 0]);
    expect(compareScores(right, wrong, options()).improvement).toBe(0);
  });

  it('knows no difference of a system to itself', () => {
    expect(compareScores(wrong, wrong, options())).toMatchObject({
      difference: 0,
      improvement: 0.5,
      interval: { low: 0, high: 0 },
      test: { p: 1 },
    });
  });

  it('names what only one has and leaves it out', () => {
    const comparison = compareScores(wrong.slice(0, 40), right.slice(20), options());
    expect(comparison.utterances).toBe(20);
    expect(comparison.onlyFirst).toEqual(wrong.slice(0, 20).map(({ id }) => id));
    expect(comparison.onlySecond).toEqual(right.slice(40).map(({ id }) => id));
    expect(comparison.first.words.utterances).toBe(20);
  });

  it('refuses systems that share nothing', () => {
    expect(() => compareScores(wrong.slice(0, 3), right.slice(3, 4), options())).toThrow(
      expect.objectContaining({ code: 'AUR_DECODING_NOT_SHARED' }),
    );
  });
});

describe('alignmentLines', () => {
  const lines = (reference: string, hypothesis: string, width: number) =>
    alignmentLines(alignWords(reference.split(' '), hypothesis.split(' ')), width);

  it('sets words above each other and marks the errors', () => {
    expect(lines('the cat sat on it', 'the bat sat upon on', 80)).toEqual([
      'said:  the cat sat **** on it',
      'heard: the bat sat upon on **',
      '           S       I       D',
      '',
    ]);
  });

  it('goes on below where the width ends', () => {
    expect(lines('one two three', 'one too three', 15)).toEqual([
      ...['said:  one two', 'heard: one too', '           S', ''],
      ...['said:  three', 'heard: three', '', ''],
    ]);
  });

  it('has no line of nothing', () => {
    expect(alignmentLines({ pairs: [] }, 80)).toEqual([]);
  });
});
