import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DecodingError, encodeText, ForcedAligner, GreedyDecoder, type TokenTable } from '@auricle/decoding';
import { CheckpointedTrellis } from '@auricle/decoding/align/trellis';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../failure.js';
import { anyCuts, chunksOf, logProbRows, pushRows } from '../random-streams.js';

const TIMING = { frameSeconds: 0.04 };
const CHARACTERS: TokenTable = { symbols: ['<blk>', '▁', 'a', 'b'], blankId: 0 };
const text = fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 4 });

function align(rows: number[][], words: string, cuts: number[] = [], table = CHARACTERS) {
  const aligner = new ForcedAligner(table, words, TIMING);
  for (const chunk of chunksOf(rows, cuts)) pushRows(aligner, chunk);
  return aligner.finish();
}

/** Best score over every sequence of symbols that collapses to the tokens. */
function bestByEnumeration(rows: number[][], ids: number[]): number {
  const vocabulary = rows[0].length;
  let best = Number.NEGATIVE_INFINITY;
  for (let n = 0; n < vocabulary ** rows.length; n++) {
    const path = rows.map((_, t) => Math.floor(n / vocabulary ** t) % vocabulary);
    const collapsed = path.filter((id, t) => id !== 0 && (t === 0 || id !== path[t - 1]));
    if (collapsed.join() !== ids.join()) continue;
    best = Math.max(
      best,
      path.reduce((sum, id, t) => sum + rows[t][id], 0),
    );
  }
  return best;
}

describe('ForcedAligner', () => {
  it('finds the best of all alignments, by enumeration', () => {
    fc.assert(
      fc.property(logProbRows(4, 6), text, (rows, words) => {
        const ids = encodeText(CHARACTERS, words);
        const best = bestByEnumeration(rows, ids);
        if (best === Number.NEGATIVE_INFINITY) {
          expect(failureOf(() => align(rows, words)).code).toBe('AUR_DECODING_ALIGN_LENGTH');
          return;
        }
        const { score, tokens, text: aligned } = align(rows, words);
        expect(score).toBeCloseTo(best, 4);
        expect(tokens.map((token) => token.id)).toEqual(ids);
        expect(aligned).toBe(words.split(/\s+/).filter(Boolean).join(' '));
        // Its tokens, with blanks between, are an alignment of that score.
        let frame = 0;
        let sum = 0;
        for (const token of tokens) {
          for (; frame < token.frame; frame++) sum += rows[frame][0];
          for (; frame < token.endFrame; frame++) sum += rows[frame][token.id];
        }
        for (; frame < rows.length; frame++) sum += rows[frame][0];
        expect(sum).toBeCloseTo(best, 4);
      }),
    );
  });

  it('gives the same however the frames are cut', () => {
    fc.assert(
      fc.property(logProbRows(4, 40, 12), text, anyCuts, (rows, words, cuts) => {
        expect(align(rows, words, cuts)).toEqual(align(rows, words));
      }),
    );
  });

  it('scores what a greedy decoder heard as the best token of every frame', () => {
    // Without spaces every sequence is a text of its own.
    const letters: TokenTable = { symbols: ['<blk>', 'a', 'b', 'c'], blankId: 0 };
    fc.assert(
      fc.property(logProbRows(4, 40), (rows) => {
        const decoder = new GreedyDecoder(letters, TIMING);
        pushRows(decoder, rows);
        const { score } = align(rows, decoder.result().text, [], letters);
        expect(score).toBeCloseTo(
          rows.reduce((sum, row) => sum + Math.max(...row), 0),
          3,
        );
      }),
    );
  });

  it('takes its words apart where tokens start them, and gives times and confidences', () => {
    const table: TokenTable = { symbols: ['<blk>', '▁one', '▁tw', 'o'], blankId: 0 };
    const p = (id: number, probability: number) =>
      [0, 1, 2, 3].map((v) => Math.log(v === id ? probability : (1 - probability) / 3));
    const rows = [p(0, 0.9), p(2, 0.5), p(2, 0.8), p(3, 0.9), p(0, 0.9), p(1, 0.7), p(0, 0.9)];
    const { words, start, end, score, frames } = align(rows, 'two one', [], table);
    expect(words.map(({ word }) => word)).toEqual(['two', 'one']);
    expect(words[0]).toMatchObject({ start: 0.04, end: 0.16 });
    expect(words[1].start).toBeCloseTo(0.2, 9);
    expect(words[0].confidence).toBeCloseTo(Math.sqrt(Math.sqrt(0.5 * 0.8) * 0.9), 6);
    expect([start, end]).toEqual([0.04, words[1].end]);
    expect(score).toBeCloseTo(Math.log(0.9 ** 4 * 0.5 * 0.8 * 0.7), 5);
    expect(frames).toBe(7);
  });

  it('goes on where a log-prob is minus infinity', () => {
    const row = [Number.NEGATIVE_INFINITY, -1, 0, Number.NEGATIVE_INFINITY];
    const { words, score } = align([row, row], 'ab');
    expect(words).toHaveLength(1);
    expect(score).toBe(-1000);
  });

  it('names what it cannot align', () => {
    const rows = [0, 1, 2].map(() => [-1, -1, -1, -1]);
    expect(failureOf(() => align(rows, 'abba')).message).toBe(
      '3 frames are too few for a text of 4 tokens: expected at least 5, does the text belong to this recording?',
    );
    expect(failureOf(() => align(rows, 'äb')).code).toBe('AUR_DECODING_UNKNOWN_SYMBOL');
    expect(() => align([[-1, Number.NaN, 0, 0], ...rows], ' ')).not.toThrow();
    expect(() => align([rows[0], [-1, 0, Number.NaN, 0]], 'a')).toThrow(
      new DecodingError('AUR_DECODING_NAN', { frame: 1, token: 2 }),
    );
    expect(() => new ForcedAligner(CHARACTERS, 'a', TIMING).push(new Float32Array(7), 2)).toThrow(
      'log-probs hold 7 values',
    );
  });

  it('aligns nothing to an empty text, and to no frames', () => {
    expect(align([[-1, -2, -3, -4]], '')).toMatchObject({ text: '', words: [], score: -1 });
    expect(new ForcedAligner(CHARACTERS, '', TIMING).finish()).toMatchObject({ words: [], frames: 0, score: 0 });
  });
});

describe('CheckpointedTrellis', () => {
  it('finds the same path block by block as in one', () => {
    fc.assert(
      fc.property(
        logProbRows(3, 120, 80),
        fc.array(fc.constantFrom(1, 2), { minLength: 0, maxLength: 40 }),
        (rows, columns) => {
          const input = { logProbs: Float32Array.from(rows.flat()), width: 3, frames: rows.length };
          const path = (bytes?: number) => new CheckpointedTrellis(input, Int32Array.from(columns), bytes).best();
          expect(path(0)).toEqual(path());
        },
      ),
    );
  });

  it('aligns long audio in little memory', () => {
    // Six minutes of fast speech.
    const [frames, tokens, width] = [9000, 4500, 5];
    const columns = Int32Array.from({ length: tokens }, (_, i) => 1 + ((i * i) % 7 < 3 ? i % 4 : (i + 1) % 4));
    const logProbs = new Float32Array(frames * width).fill(-6);
    const starts = Array.from({ length: tokens }, (_, i) => 2 * i);
    starts.forEach((start, i) => {
      logProbs[start * width + columns[i]] = -0.1;
      logProbs[(start + 1) * width] = -0.1;
    });
    const before = process.memoryUsage().arrayBuffers;
    const trellis = new CheckpointedTrellis({ logProbs, width, frames }, columns);
    const path = trellis.best();
    const held = process.memoryUsage().arrayBuffers - before;
    expect(starts.every((start, i) => path[start] === 2 * i + 1)).toBe(true);
    // All back-pointers would be 40 MB.
    expect(held).toBeLessThan(10e6);
  });
});

interface Goldens {
  cases: { sentence: string; score: number; spans: [number, number][]; ctcSegmentation: number[] }[];
}

/** fixtures/make_alignment_goldens.py writes what they say. */
describe('beside numpy and ctc-segmentation', async () => {
  const read = (path: string) => readFile(join(import.meta.dirname, path));
  const { cases } = JSON.parse(String(await read('fixtures/alignment-goldens.json'))) as Goldens;
  const beam = JSON.parse(String(await read('../beam/fixtures/ctc-goldens.json')));
  const logits = await read('../beam/fixtures/ctc-logits.i16');
  const labels: string[] = beam.labels;
  let row = 0;
  const parts = (beam.cases as { frames: number }[]).map(({ frames }) => {
    const rows = Array.from({ length: frames }, () => {
      const values = labels.map((_, v) => logits.readInt16LE(2 * (row * labels.length + v)) / beam.scale);
      row++;
      const total = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0));
      return values.map((value) => value - total);
    });
    return rows;
  });

  it.each(cases.map((golden, i) => ({ ...golden, i })))('aligns "$sentence"', (golden) => {
    const found = align(parts[golden.i], golden.sentence, [], { symbols: labels, blankId: 0 });
    expect(found.score).toBeCloseTo(golden.score, 3);
    expect(found.tokens.map(({ frame, endFrame }) => [frame, endFrame])).toEqual(golden.spans);
    const near = found.tokens.filter(({ frame }, i) => Math.abs(frame - golden.ctcSegmentation[i]) <= 1);
    expect(near.length / found.tokens.length).toBeGreaterThan(0.85);
  });
});
