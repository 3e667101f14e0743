/** Words of any kind with times for the tests of formats. */
import type { TimedWord } from '@auricle/decoding';
import fc from 'fast-check';

const letters = fc.string({ unit: fc.constantFrom(...'abcdefghij,.?\'"<>&-é'), minLength: 1, maxLength: 12 });

/** A pause of ms before each word, and how long the word is, ms. */
export const anyWords = (most = 30): fc.Arbitrary<TimedWord[]> =>
  fc
    .array(
      fc.tuple(
        letters,
        fc.nat({ max: 900 }),
        fc.integer({ min: 1, max: 900 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      ),
      { maxLength: most },
    )
    .map((drawn) => {
      let at = 0;
      return drawn.map(([word, pause, length, confidence]) => {
        const start = at + pause;
        at = start + length;
        return { word, start: start / 1000, end: at / 1000, confidence };
      });
    });

export const spoken = (text: string, start = 0, seconds = 0.4): TimedWord[] =>
  text.split(' ').map((word, i) => ({ word, start: start + seconds * i, end: start + seconds * (i + 0.9) }));
