import { correctTimes, planDecoding, type TimeSpan } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const corrected = (spans: [number, number][], startOffset: number, endOffset: number, earliest = 0, latest = 100) => {
  const list = spans.map(([start, end]): TimeSpan => ({ start, end }));
  correctTimes(list, { startOffset, endOffset }, { earliest, latest });
  return list.map(({ start, end }) => [start, end]);
};

describe('correctTimes', () => {
  it('moves starts and ends by their offsets', () => {
    expect(corrected([[1, 2]], -0.25, 0.5)).toEqual([[0.75, 2.5]]);
  });

  it('lets words that would overlap meet in the middle', () => {
    const spans: [number, number][] = [
      [1, 2],
      [3, 4],
    ];
    expect(corrected(spans, -1.5, 0)).toEqual([
      [0, 1.75],
      [1.75, 4],
    ]);
  });

  it('stays within the audio and behind the word before the segment', () => {
    const [span] = corrected([[1, 2]], -0.5, 0.5, 0.75, 2.25);
    expect(span).toEqual([0.75, 2.25]);
  });

  it('keeps order whatever the offsets', () => {
    const offset = fc.double({ min: -2, max: 2, noNaN: true });
    const gaps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(gaps, offset, offset, (steps, startOffset, endOffset) => {
        let at = 0;
        const spans = steps.map((step): [number, number] => {
          const start = at + step;
          at = start + step / 2;
          return [start, at];
        });
        const list = corrected(spans, startOffset, endOffset, 0, at + 1);
        list.forEach(([start, end], i) => {
          expect(start).toBeGreaterThanOrEqual(i === 0 ? 0 : list[i - 1][1]);
          expect(end).toBeGreaterThanOrEqual(start);
          expect(end).toBeLessThanOrEqual(at + 1);
        });
      }),
    );
  });
});

it('offsets are checked where a plan is made', () => {
  const table = { symbols: ['<blk>', 'a'], blankId: 0 };
  expect(() => planDecoding(table, { wordTimes: { startOffset: Number.NaN, endOffset: 0 } })).toThrow(
    'decoding.wordTimes.startOffset: seen NaN',
  );
});
