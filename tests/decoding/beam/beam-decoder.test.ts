import { Random } from '@auricle/datasets';
import {
  type BeamDecoder,
  type BeamOptions,
  DecoderFactory,
  GreedyDecoder,
  planDecoding,
  readArpa,
  type TokenTable,
} from '@auricle/decoding';
import { PriorCorrection } from '@auricle/decoding/beam/token-priors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arpaText, bruteForce, type PlainModel, type Problem } from './brute-force.js';

const TIMING = { frameSeconds: 0.04 };
/** Nothing is pruned, nothing settled before its time. */
const EXACT: BeamOptions = {
  beam: 4096,
  beamScore: Number.POSITIVE_INFINITY,
  tokens: 64,
  tokenScore: -1e9,
  blankSkip: 2,
  settleSeconds: Number.POSITIVE_INFINITY,
};
const CHARACTERS: TokenTable = { symbols: ['<blk>', '▁', 'a', 'b'], blankId: 0 };
/** Every sequence is a text of its own. */
const LETTERS: TokenTable = { symbols: ['<blk>', 'a', 'b', 'c'], blankId: 0 };
const PIECES: TokenTable = { symbols: ['▁a', 'b', '<blk>', '▁'], blankId: 2 };

function beam(table: TokenTable, options: BeamOptions = {}): BeamDecoder {
  const { decoder } = new DecoderFactory(table, TIMING, planDecoding(table, { beam: 16, ...options })).create();
  return decoder as BeamDecoder;
}

const normalise = (row: number[]) => {
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
  return row.map((value) => Math.fround(value - total));
};
const rows = (vocabulary: number, most: number) =>
  fc.array(
    fc
      .array(fc.float({ min: -8, max: 0, noNaN: true }), { minLength: vocabulary, maxLength: vocabulary })
      .map(normalise),
    { minLength: 1, maxLength: most },
  );

/** Pushes rows in chunks that end at the cuts. */
function pushAll(
  decoder: { push(logProbs: Float32Array, frames: number): void },
  logProbs: number[][],
  cuts: number[] = [],
) {
  const edges = [0, ...cuts.filter((cut) => cut < logProbs.length).sort((a, b) => a - b), logProbs.length];
  for (let i = 1; i < edges.length; i++) {
    const chunk = logProbs.slice(edges[i - 1], edges[i]);
    decoder.push(Float32Array.from(chunk.flat()), chunk.length);
  }
}

const logProbability = fc.float({ min: -3, max: Math.fround(-0.1), noNaN: true });
const backoff = fc.float({ min: -1, max: Math.fround(0.3), noNaN: true });
const WORDS = ['<unk>', '<s>', '</s>', 'a', 'ab', 'b'];
/** Any 3-gram model of some words, with no n-gram whose context or end is missing. */
const anyModel: fc.Arbitrary<PlainModel> = fc
  .array(
    fc.tuple(
      fc.subarray(WORDS, { minLength: 3, maxLength: 3 }),
      fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 }),
    ),
    { maxLength: 8 },
  )
  .chain((picks) => {
    const ngrams = new Set(WORDS);
    for (const [, places] of picks) {
      const words = places.map((place) => WORDS[place]);
      for (const part of [words, words.slice(0, 2), words.slice(1)]) ngrams.add(part.join(' '));
    }
    const names = [...ngrams];
    return fc
      .array(fc.record({ logProb: logProbability, backoff }), { minLength: names.length, maxLength: names.length })
      .map((values) => ({ order: 3, ngrams: new Map(names.map((name, i) => [name, values[i]])) }));
  });
const anyHotwords = fc.uniqueArray(
  fc.record({
    phrase: fc.constantFrom('a', 'b', 'ab', 'ba', 'a b', 'b a b', 'a a'),
    boost: fc.double({ min: -4, max: 6, noNaN: true }),
  }),
  { maxLength: 4, selector: ({ phrase }) => phrase },
);

async function decoderOf(problem: Problem, options: BeamOptions): Promise<BeamDecoder> {
  const { table, lm, alpha, beta, unknown, lexicon, hotwords, alignments } = problem;
  const model = lm && (await readArpa([new TextEncoder().encode(arpaText(lm))], { bits: 32 }));
  const plan = planDecoding(table, { ...options, alignments, lm: model, alpha, beta, unknown, lexicon, hotwords });
  return new DecoderFactory(table, TIMING, plan).create().decoder as BeamDecoder;
}

function expectSame(found: { text: string; score: number }[], expected: { text: string; score: number }[], digits = 6) {
  const bySpelling = (a: { text: string }, b: { text: string }) => (a.text < b.text ? -1 : 1);
  const [left, right] = [[...found].sort(bySpelling), [...expected].sort(bySpelling)];
  expect(left.map(({ text }) => text)).toEqual(right.map(({ text }) => text));
  for (const [i, { score }] of right.entries()) expect(left[i].score).toBeCloseTo(score, digits);
  expect(found[0].score).toBeCloseTo(expected[0].score, digits);
}

/** The algorithm of Hannun et al. (2014) with maps, for the table of letters. */
function plainBeamSearch(logProbs: number[][], width: number): { ids: number[]; score: number } {
  type Sums = { ids: number[]; blank: number; token: number };
  const add = (a: number, b: number): number =>
    a > b ? a + Math.log1p(Math.exp(b - a)) : a === b ? a + (a > -1e300 ? Math.LN2 : 0) : add(b, a);
  let beams: Sums[] = [{ ids: [], blank: 0, token: -1e300 }];
  for (const row of logProbs) {
    const next = new Map<string, Sums>();
    const at = (ids: number[]) => {
      const key = ids.join();
      if (!next.has(key)) next.set(key, { ids, blank: -1e300, token: -1e300 });
      return next.get(key)!;
    };
    for (const { ids, blank, token } of beams) {
      const total = add(blank, token);
      const stay = at(ids);
      stay.blank = add(stay.blank, total + row[0]);
      if (ids.length > 0) stay.token = add(stay.token, token + row[ids[ids.length - 1]]);
      for (let v = 1; v < row.length; v++) {
        const longer = at([...ids, v]);
        longer.token = add(longer.token, (v === ids[ids.length - 1] ? blank : total) + row[v]);
      }
    }
    beams = [...next.values()].sort((a, b) => add(b.blank, b.token) - add(a.blank, a.token)).slice(0, width);
  }
  return { ids: beams[0].ids, score: add(beams[0].blank, beams[0].token) };
}

describe('prefix beam search', () => {
  const anyTable = fc.constantFrom(CHARACTERS, PIECES);

  it('equals the enumeration of all alignments where nothing is pruned', () => {
    fc.assert(
      fc.property(
        anyTable,
        rows(4, 5),
        fc.constantFrom('all' as const, 'best' as const),
        (table, logProbs, alignments) => {
          const decoder = beam(table, { ...EXACT, alignments });
          pushAll(decoder, logProbs);
          const problem = { table, logProbs, alignments, alpha: 0, beta: 0, unknown: 0, hotwords: [] };
          expectSame(decoder.nBest(10_000, true), bruteForce(problem));
        },
      ),
    );
  });

  it('equals it with a language model, hotwords and a lexicon too', async () => {
    const anyProblem = fc.record({
      table: anyTable,
      logProbs: rows(4, 5),
      alignments: fc.constantFrom('all' as const, 'best' as const),
      lm: fc.option(anyModel, { nil: undefined }),
      alpha: fc.double({ min: 0, max: 2, noNaN: true }),
      beta: fc.double({ min: -2, max: 2, noNaN: true }),
      unknown: fc.double({ min: -10, max: 0, noNaN: true }),
      lexicon: fc.option(fc.constantFrom(['a', 'ab'], ['b', 'ba', 'bab']), { nil: undefined, freq: 4 }),
      hotwords: anyHotwords,
    });
    await fc.assert(
      fc.asyncProperty(anyProblem, async (problem) => {
        const decoder = await decoderOf(problem, EXACT);
        pushAll(decoder, problem.logProbs);
        // Beside the enumeration, prefixes end in words that the lexicon does not have.
        const found = decoder.nBest(10_000, true).filter(({ score }) => score > -500);
        expectSame(found, bruteForce(problem), 5);
      }),
      { numRuns: 150 },
    );
  });

  it('with a beam of 1 is the greedy decoder, times and confidences and segments too', () => {
    const distinct = fc
      .array(
        fc.array(fc.uniqueArray(fc.integer({ min: -4096, max: -1 }), { minLength: 4, maxLength: 4 }), {
          minLength: 1,
          maxLength: 1,
        }),
        { maxLength: 40 },
      )
      .map((frames) => frames.map(([row]) => row.map((value) => value / 512)));
    const anyBlank = fc.integer({ min: 0, max: 3 });
    fc.assert(
      fc.property(distinct, fc.array(fc.integer({ min: 0, max: 40 })), anyBlank, (logProbs, ends, blankId) => {
        const table = { symbols: ['▁', 'b', '▁c', 'd'], blankId };
        const [narrow, greedy] = [beam(table, { beam: 1 }), new GreedyDecoder(table, TIMING)];
        for (const [t, row] of logProbs.entries()) {
          for (const decoder of [narrow, greedy]) decoder.push(Float32Array.from(row), 1);
          expect(narrow.result()).toEqual(greedy.result());
          expect(narrow.trailingBlankFrames).toBe(greedy.trailingBlankFrames);
          expect(narrow.hasTokens).toBe(greedy.hasTokens);
          if (ends.includes(t)) for (const decoder of [narrow, greedy]) decoder.reset();
        }
      }),
    );
  });

  it('gives the same texts, scores, times and confidences however the frames are cut', async () => {
    const anyStream = fc.record({
      logProbs: rows(4, 60),
      cuts: fc.array(fc.integer({ min: 1, max: 60 })),
      beam: fc.integer({ min: 1, max: 8 }),
      lm: fc.option(anyModel, { nil: undefined }),
      hotwords: anyHotwords,
    });
    await fc.assert(
      fc.asyncProperty(anyStream, async ({ logProbs, cuts, beam, lm, hotwords }) => {
        const problem = {
          table: CHARACTERS,
          logProbs,
          alignments: 'all' as const,
          lm,
          alpha: 0.7,
          beta: 0.5,
          unknown: -2,
          hotwords,
        };
        const [whole, cut] = [await decoderOf(problem, { beam }), await decoderOf(problem, { beam })];
        pushAll(whole, logProbs);
        pushAll(cut, logProbs, cuts);
        expect(cut.nBest(8, true)).toEqual(whole.nBest(8, true));
        expect(cut.result()).toEqual(whole.result());
        expect(cut.trailingBlankFrames).toBe(whole.trailingBlankFrames);
      }),
      { numRuns: 60 },
    );
  });

  it('finds what greedy misses: a text that many alignments share', () => {
    // One frame each: the blank is likeliest twice, but 'a' by any way outweighs it (Graves 2012, figure 7.5's kind).
    const logProbs = [
      [0.6, 0, 0.4, 0],
      [0.6, 0, 0.4, 0],
    ].map((row) => row.map((p) => Math.log(Math.max(p, 1e-9))));
    const [wide, greedy] = [beam(CHARACTERS), new GreedyDecoder(CHARACTERS, TIMING)];
    for (const decoder of [wide, greedy]) pushAll(decoder, logProbs);
    expect(greedy.result().text).toBe('');
    expect(wide.result().text).toBe('a');
    expect(wide.nBest(2).map(({ score }) => Math.exp(score).toFixed(2))).toEqual(['0.64', '0.36']);
  });

  it('is a plain prefix beam search over streams long enough to collect its tree many times', () => {
    for (const width of [2, 8, 20]) {
      const decoder = beam(LETTERS, { ...EXACT, beam: width });
      const random = new Random(width);
      const logProbs = Array.from({ length: 1500 }, () =>
        normalise(Array.from({ length: 4 }, (_, v) => (v === 0 ? 0 : -6 * random.uniform()))),
      );
      pushAll(decoder, logProbs);
      const expected = plainBeamSearch(logProbs, width);
      const found = decoder.nBest(1)[0];
      expect(found.tokens.map(({ id }) => id)).toEqual(expected.ids);
      expect(found.score).toBeCloseTo(expected.score, 6);
      // Every token was the likeliest way to hear it somewhere in its span, and spans do not overlap.
      for (const [i, token] of found.tokens.entries()) {
        expect(token.frame).toBeLessThan(token.endFrame);
        if (i > 0) expect(token.frame).toBeGreaterThanOrEqual(found.tokens[i - 1].endFrame);
      }
    }
  });

  it('goes on after log-probs of minus infinity', () => {
    const decoder = beam(CHARACTERS);
    decoder.push(new Float32Array(8).fill(Number.NEGATIVE_INFINITY), 2);
    pushAll(decoder, [[-9, -9, -0.01, -9]]);
    expect(decoder.result().text).toBe('a');
  });

  it('refuses a NaN, naming its frame in the stream, and log-probs of another vocabulary', () => {
    const decoder = beam(CHARACTERS);
    pushAll(decoder, [[-1, -1, -1, -1]]);
    expect(() => decoder.push(Float32Array.of(-1, -1, Number.NaN, -1), 1)).toThrow('NaN at frame 1, token 2');
    expect(() => decoder.push(new Float32Array(5), 1)).toThrow(expect.objectContaining({ code: 'AUR_DECODING_SHAPE' }));
  });

  it('searches what is left when priors are taken off, however the frames are cut', () => {
    fc.assert(
      fc.property(
        rows(4, 6),
        rows(4, 1),
        fc.double({ min: 0.1, max: 1.5, noNaN: true }),
        (logProbs, [priors], scale) => {
          const plan = planDecoding(CHARACTERS, { ...EXACT, tokenPriors: priors, priorScale: scale });
          const found = new DecoderFactory(CHARACTERS, TIMING, plan).create().decoder as BeamDecoder;
          for (const row of logProbs) found.push(Float32Array.from(row), 1);
          const inOne = new DecoderFactory(CHARACTERS, TIMING, plan).create().decoder as BeamDecoder;
          pushAll(inOne, logProbs);
          expect(inOne.nBest(5, true)).toEqual(found.nBest(5, true));
          const correction = new PriorCorrection({ logProbs: Float32Array.from(priors), scale });
          const corrected = beam(CHARACTERS, EXACT);
          for (const row of logProbs) corrected.push(correction.apply(Float32Array.from(row), 0), 1);
          expect(found.nBest(5, true)).toEqual(corrected.nBest(5, true));
        },
      ),
    );
  });

  it('names an option that it refuses', () => {
    expect(() => beam(CHARACTERS, { beam: 0 })).toThrow('beam.beam: seen 0, expected a whole number from 1 to 65536');
    expect(() => beam(CHARACTERS, { width: 4 } as BeamOptions)).toThrow('beam.width: seen an unknown option');
    expect(() => planDecoding(CHARACTERS, { alpha: Number.NaN })).toThrow('decoding.alpha: seen NaN');
  });
});
