/** Which words of a replay were delivered before. */
import type { Word } from '@auricle/client';
import { DeliveredWords, overlap } from '@auricle/client/delivered-words';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Words half a second apart, from `start` on. */
const said = (text: string, start = 0): Word[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word, i) => ({ word, start: start + 0.6 * i, end: start + 0.6 * i + 0.3, confidence: 1 }));

describe('overlap', () => {
  it.each([
    ['one two three', 'one two three four', 3],
    ['one two three', 'one two', 2],
    ['one two', 'one too three', 2],
    ['one one', 'one one one', 2],
    ['', 'one', 0],
    ['one', '', 0],
  ])('of "%s" and "%s" is %i words', (delivered, heard, words) => {
    expect(overlap(said(delivered), said(heard))).toBe(words);
  });

  it('has no words that sound elsewhere', () => {
    expect(overlap(said('one', 0), said('one', 2))).toBe(0);
  });

  it('leaves out no word that was missed before', () => {
    const heard = said('one two three');
    expect(overlap([heard[0]], heard)).toBe(1);
    expect(overlap([heard[0], heard[2]], heard)).toBe(3);
  });

  it('is what was delivered, wherever the replay is cut and however it is timed within a tenth', () => {
    const shift = fc.double({ min: -0.1, max: 0.1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('one', 'two', 'three'), { minLength: 1, maxLength: 12 }),
        fc.nat(12),
        fc.array(shift, { minLength: 12, maxLength: 12 }),
        (words, count, shifts) => {
          const all = said(words.join(' '));
          const heard = all.map((word, i) => ({ ...word, start: word.start + shifts[i], end: word.end + shifts[i] }));
          const delivered = all.slice(0, count);
          expect(overlap(delivered, heard)).toBe(delivered.length);
        },
      ),
    );
  });
});

describe('DeliveredWords', () => {
  it('knows the words of earlier connections until the replay has passed them', () => {
    const delivered = new DeliveredWords();
    const words = said('one two three four five six');
    delivered.take(words.slice(0, 3));
    expect(delivered.end).toBeCloseTo(1.5);
    delivered.startAgain();
    expect(delivered.countKnown(words.slice(0, 2))).toBe(2);
    delivered.take(words.slice(0, 2));
    // The replay may cut its segments elsewhere.
    expect(delivered.countKnown(words.slice(2, 5))).toBe(1);
    delivered.take(words.slice(2, 5));
    expect(delivered.countKnown(words.slice(5))).toBe(0);
    delivered.startAgain();
    expect(delivered.countKnown(words)).toBe(5);
  });

  it('expects none of the words before the place from which audio comes again', () => {
    const delivered = new DeliveredWords();
    delivered.take(said('one two'));
    delivered.settle(2);
    delivered.startAgain();
    expect(delivered.countKnown(said('one', 2.2))).toBe(0);
  });
});
