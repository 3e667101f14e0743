import { characterTokens, DecodingError, GreedyDecoder, type TokenTable, textOfTokens } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const LETTERS = characterTokens(['abc']); // <blk> ▁ a b c
const FRAME_SECONDS = 0.04;

/** Log-probs whose best token of frame f is ids[f], with the given probability; the others share the rest. */
function logProbsOf(table: TokenTable, ids: number[], probability: (frame: number) => number = () => 0.9) {
  const vocabulary = table.symbols.length;
  return Float32Array.from({ length: ids.length * vocabulary }, (_, i) => {
    const frame = Math.floor(i / vocabulary);
    const p = probability(frame);
    return Math.log(i % vocabulary === ids[frame] ? p : (1 - p) / (vocabulary - 1));
  });
}

/** `a` for letters, `_` for a space, `-` for the blank, one a frame. */
const spell = (frames: string) =>
  [...frames].map((f) => (f === '-' ? 0 : LETTERS.symbols.indexOf(f === '_' ? '▁' : f)));

function decode(frames: string) {
  const decoder = new GreedyDecoder(LETTERS, { frameSeconds: FRAME_SECONDS });
  decoder.push(logProbsOf(LETTERS, spell(frames)), frames.length);
  return decoder;
}

describe('GreedyDecoder', () => {
  it('collapses repeats and parts them at blanks', () => {
    expect(decode('aab-bb--c').result().text).toBe('abbc');
  });

  it('times words by their own tokens, not by the spaces and blanks around them', () => {
    const { words, start, end } = decode('--aab_-cc-').result();
    expect(words.map(({ word }) => word)).toEqual(['ab', 'c']);
    const times = words.flatMap((word) => [word.start, word.end]);
    [0.08, 0.2, 0.28, 0.36].forEach((seconds, i) => {
      expect(times[i]).toBeCloseTo(seconds, 9);
    });
    expect([start, end].map((seconds) => seconds.toFixed(2))).toEqual(['0.08', '0.36']);
  });

  it('parts words where a token starts with the space', () => {
    const table = { symbols: ['<blk>', '▁tw', 'o', '▁one'], blankId: 0 };
    const decoder = new GreedyDecoder(table, { frameSeconds: 1 });
    decoder.push(logProbsOf(table, [1, 2, 0, 3, 3]), 5);
    const { text, words } = decoder.result();
    expect(text).toBe('two one');
    expect(words.map(({ word, start, end }) => [word, start, end])).toEqual([
      ['two', 0, 2],
      ['one', 3, 5],
    ]);
  });

  it('takes the geometric mean over frames for a token and over tokens for a word', () => {
    const decoder = new GreedyDecoder(LETTERS, { frameSeconds: FRAME_SECONDS });
    const probabilities = [0.9, 0.4, 0.5];
    decoder.push(
      logProbsOf(LETTERS, spell('aab'), (f) => probabilities[f]),
      3,
    );
    const { tokens, words, confidence } = decoder.result();
    expect(tokens[0].confidence).toBeCloseTo(Math.sqrt(0.9 * 0.4), 6);
    expect(tokens[1].confidence).toBeCloseTo(0.5, 6);
    expect(words[0].confidence).toBeCloseTo(Math.sqrt(Math.sqrt(0.9 * 0.4) * 0.5), 6);
    expect(confidence).toBeCloseTo(words[0].confidence, 6);
  });

  it('says nothing of silence', () => {
    const decoder = decode('-----');
    expect(decoder.result()).toEqual({
      text: '',
      tokens: [],
      words: [],
      confidence: 0,
      start: 0,
      end: 0.2,
      stableCharacters: 0,
    });
    expect(decoder.hasTokens).toBe(false);
    expect(decoder.trailingBlankFrames).toBe(5);
  });

  it('counts the silence since the last token', () => {
    const decoder = decode('-aab---');
    expect(decoder.hasTokens).toBe(true);
    expect(decoder.trailingBlankFrames).toBe(3);
    expect(decoder.trailingBlankSeconds).toBeCloseTo(0.12, 9);
    expect(decoder.segmentSeconds).toBeCloseTo(0.28, 9);
  });

  it('keeps time over a reset and forgets the tokens', () => {
    const decoder = decode('ab--');
    decoder.reset();
    expect(decoder.result().text).toBe('');
    expect(decoder.trailingBlankFrames).toBe(0);
    decoder.push(logProbsOf(LETTERS, spell('-c')), 2);
    const { text, tokens } = decoder.result();
    expect(text).toBe('c');
    expect(tokens[0]).toMatchObject({ frame: 5, endFrame: 6 });
    expect(decoder.segmentSeconds).toBeCloseTo(0.08, 9);
  });

  it('gives a token that goes on over a reset to the old segment only', () => {
    const decoder = decode('-aa');
    decoder.reset();
    decoder.push(logProbsOf(LETTERS, spell('aab')), 3);
    expect(decoder.result().text).toBe('b');
  });

  it('refuses a NaN, naming its frame in the stream', () => {
    const decoder = decode('ab');
    const bad = logProbsOf(LETTERS, spell('ab'));
    bad[5 + 3] = Number.NaN;
    expect(() => decoder.push(bad, 2)).toThrow(new DecodingError('AUR_DECODING_NAN', { frame: 3, token: 3 }));
  });

  it('refuses log-probs of another vocabulary', () => {
    const act = () => decode('a').push(new Float32Array(8), 2);
    expect(act).toThrow('log-probs hold 8 values: expected 2 frames of 5 tokens');
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_DECODING_SHAPE' }));
  });
});

describe('streaming', () => {
  /** The definition of CTC's collapse, written plainly. */
  const collapse = (ids: number[], blank: number) =>
    ids.filter((id, f) => id !== blank && (f === 0 || id !== ids[f - 1]));

  const anyStream = fc.record({
    values: fc.array(fc.array(fc.float({ min: -20, max: 0, noNaN: true }), { minLength: 5, maxLength: 5 }), {
      maxLength: 60,
    }),
    cuts: fc.array(fc.integer({ min: 0, max: 60 })),
    blankId: fc.integer({ min: 0, max: 4 }),
  });

  const chunksOf = (values: number[][], cuts: number[]) => {
    const edges = [0, ...cuts.filter((c) => c <= values.length).sort((a, b) => a - b), values.length];
    return edges.slice(1).map((edge, i) => values.slice(edges[i], edge));
  };
  const tableWith = (blankId: number): TokenTable => ({ symbols: ['▁', 'b', '▁c', 'd', 'e'], blankId });

  it('equals the plain collapse of the whole, however it is cut', () => {
    fc.assert(
      fc.property(anyStream, ({ values, cuts, blankId }) => {
        const table = tableWith(blankId);
        const whole = new GreedyDecoder(table, { frameSeconds: FRAME_SECONDS });
        whole.push(Float32Array.from(values.flat()), values.length);
        const cut = new GreedyDecoder(table, { frameSeconds: FRAME_SECONDS });
        for (const chunk of chunksOf(values, cuts)) cut.push(Float32Array.from(chunk.flat()), chunk.length);

        const best = values.map((row) => row.indexOf(Math.max(...row)));
        const expected = collapse(best, blankId);
        expect(cut.result()).toEqual(whole.result());
        expect(cut.result().tokens.map((t) => t.id)).toEqual(expected);
        expect(cut.result().text).toBe(textOfTokens(table, expected));
        for (const { id, frame, endFrame } of cut.result().tokens) {
          expect(best.slice(frame, endFrame).every((b) => b === id)).toBe(true);
          expect(best[endFrame]).not.toBe(id);
        }
        expect(cut.trailingBlankFrames).toBe(best.length - 1 - best.findLastIndex((b) => b !== blankId));
      }),
    );
  });

  it('gives the same tokens in segments as in one', () => {
    fc.assert(
      fc.property(anyStream, ({ values, cuts, blankId }) => {
        const decoder = new GreedyDecoder(tableWith(blankId), { frameSeconds: FRAME_SECONDS });
        const found: number[] = [];
        for (const chunk of chunksOf(values, cuts)) {
          decoder.push(Float32Array.from(chunk.flat()), chunk.length);
          found.push(...decoder.result().tokens.map((t) => t.id));
          decoder.reset();
        }
        const best = values.map((row) => row.indexOf(Math.max(...row)));
        expect(found).toEqual(collapse(best, blankId));
      }),
    );
  });

  it('joins the words to the text', () => {
    fc.assert(
      fc.property(anyStream, ({ values, blankId }) => {
        const decoder = new GreedyDecoder(tableWith(blankId), { frameSeconds: FRAME_SECONDS });
        decoder.push(Float32Array.from(values.flat()), values.length);
        const { text, words } = decoder.result();
        expect(words.map(({ word }) => word).join(' ')).toBe(text);
      }),
    );
  });
});
