/** What a partial result marks as stable never changes, so that it can be sent to clients that only append; times, confidences and n-best are the
 *  same however the frames are cut. */
import { DecoderFactory, type DecodingOptions, planDecoding, readArpa, type TokenTable } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyCuts, chunksOf, logProbRows, pushRows } from './random-streams.js';

const TIMING = { frameSeconds: 0.04 };
const TABLES: TokenTable[] = [
  { symbols: ['<blk>', '▁', 'a', 'b'], blankId: 0 },
  { symbols: ['▁a', 'b', '<blk>', '▁'], blankId: 2 },
  // Bytes of é, of a part of it, and of a space.
  { symbols: ['<blk>', '<0xC3>', '<0xA9>', '<0x20>'], blankId: 0 },
];
const ARPA = `\\data\\
ngram 1=5

\\1-grams:
-1 <unk>
-99 <s>
-0.6 </s>
-0.5 a
-0.9 ab

\\end\\
`;
const lm = await readArpa([Buffer.from(ARPA)]);
const MAPS = {
  wordTimes: { startOffset: -0.11, endOffset: 0.03 },
  confidence: {
    greedy: { kind: 'logistic', scale: 0.7, offset: -0.2 },
    beam: { kind: 'isotonic', from: [0.2, 0.8], to: [0.1, 0.9] },
  },
} as const satisfies DecodingOptions;
const WAYS: Record<string, DecodingOptions> = {
  greedy: {},
  'beam of 1': { beam: 1 },
  'beam of 4': { beam: 4 },
  'beam of 16': { beam: 16, settleSeconds: 0.5 },
  'beam that settles at once': { beam: 4, settleSeconds: 0, blankSkip: 0.8 },
  'beam that settles only what all share': { beam: 8, beamScore: 2, settleSeconds: Number.POSITIVE_INFINITY },
  'beam with a language model': { beam: 8, lm, alpha: 1, unknown: -1, settleSeconds: 0.3 },
  'beam with hotwords': { beam: 8, hotwords: [{ phrase: 'ab', boost: 3 }], settleSeconds: 0.2 },
};
/** Where nothing is likelier than anything else, a text is told by tokens of which only others are settled. */
const ALL_ALIKE: [TokenTable, number[][], number[]] = [
  TABLES[1],
  Array.from({ length: 9 }, (_, frame) => {
    const row = new Array<number>(4).fill(Math.fround(Math.log(0.25)));
    if (frame === 1 || frame === 3) row[frame === 1 ? 2 : 1] -= 1.2e-7;
    return row;
  }),
  [8],
];
const decoderOf = (table: TokenTable, options: DecodingOptions) =>
  new DecoderFactory(table, TIMING, planDecoding(table, { ...MAPS, ...options })).create().decoder;

describe.each(Object.entries(WAYS))('%s', (_, options) => {
  // Hotwords and language model are of letters.
  const table = fc.constantFrom(...(options.lm || options.hotwords ? TABLES.slice(0, 2) : TABLES));

  /** @returns the longest stable text before the end */
  const heldStable = (tokens: TokenTable, rows: number[][], cuts: number[]) => {
    const decoder = decoderOf(tokens, options);
    let stable = '';
    const check = (isFinal: boolean) => {
      const { text, stableCharacters } = decoder.result(isFinal);
      expect(text.startsWith(stable)).toBe(true);
      expect(decoder.nBest(3, isFinal)[0].text).toBe(text);
      expect(stableCharacters).toBeGreaterThanOrEqual(stable.length);
      stable = text.slice(0, stableCharacters);
      return text;
    };
    for (const chunk of chunksOf(rows, cuts)) {
      pushRows(decoder, chunk);
      check(false);
    }
    const grown = stable;
    expect(check(true)).toBe(stable);
    return grown;
  };

  it('never changes what it marked as stable, until the segment is final', () => {
    fc.assert(
      fc.property(table, logProbRows(4, 50), anyCuts, (tokens, rows, cuts) => {
        heldStable(tokens, rows, cuts);
      }),
      { examples: [ALL_ALIKE] },
    );
  });

  it('marks what was said long before as stable', () => {
    const said = 'a--b--▁-';
    const rows = [...said.repeat(20)].map((heard) =>
      TABLES[0].symbols.map((symbol) => Math.log((symbol === '<blk>' ? '-' : symbol) === heard ? 0.97 : 0.01)),
    );
    const cuts = rows.map((_, frame) => frame);
    expect(heldStable(TABLES[0], rows, cuts)).toMatch(/^ab/);
  });

  it('gives the same n-best, times and confidences however the frames are cut, also in segments', () => {
    fc.assert(
      fc.property(
        table,
        logProbRows(4, 50),
        anyCuts,
        fc.integer({ min: 0, max: 50 }),
        (tokens, rows, cuts, segment) => {
          const heard = (edges: number[]) => {
            const decoder = decoderOf(tokens, options);
            const push = (part: number[][]) => {
              for (const chunk of chunksOf(part, edges)) {
                pushRows(decoder, chunk);
                decoder.result();
                void decoder.relativeCost;
              }
              return decoder.nBest(5, true);
            };
            const first = push(rows.slice(0, segment));
            decoder.reset();
            return [first, push(rows.slice(segment))];
          };
          expect(heard(cuts)).toEqual(heard([]));
        },
      ),
    );
  });

  it('keeps its words in order and within the audio, over segments too', () => {
    fc.assert(
      fc.property(table, logProbRows(4, 50), anyCuts, (tokens, rows, cuts) => {
        const decoder = decoderOf(tokens, options);
        let at = 0;
        for (const chunk of chunksOf(rows, cuts)) {
          pushRows(decoder, chunk);
          const { words, start, end } = decoder.result(true);
          for (const word of words) {
            expect(word.start).toBeGreaterThanOrEqual(at);
            expect(word.end).toBeGreaterThanOrEqual(word.start);
            at = word.end;
            expect(word.confidence).toBeGreaterThan(0);
            expect(word.confidence).toBeLessThanOrEqual(1);
          }
          expect(at).toBeLessThanOrEqual(rows.length * TIMING.frameSeconds + 1e-9);
          if (words.length > 0) expect([start, end]).toEqual([words[0].start, words.at(-1)!.end]);
          decoder.reset();
        }
      }),
    );
  });
});

describe('relativeCost', () => {
  it('is infinite where there is no language model', () => {
    expect(decoderOf(TABLES[0], {}).relativeCost).toBe(Number.POSITIVE_INFINITY);
    expect(decoderOf(TABLES[0], { beam: 4 }).relativeCost).toBe(Number.POSITIVE_INFINITY);
  });

  it('is what the end of the sentence takes from the score', () => {
    const rows = 'aa'.split('').map(() => [0.001, 0.001, 0.997, 0.001].map(Math.log));
    const decoder = decoderOf(TABLES[0], { beam: 4, lm, alpha: 1, beta: 0, unknown: -1 });
    pushRows(decoder, rows);
    // Now: the likeliest word that starts with a; at the end: a and the end of the sentence.
    expect(decoder.relativeCost).toBeCloseTo(Math.LN10 * 0.6, 4);
  });
});
