import {
  type BeamDecoder,
  checkHotwords,
  DecoderFactory,
  type Hotword,
  planDecoding,
  type TokenTable,
} from '@auricle/decoding';
import { HotwordAutomaton } from '@auricle/decoding/hotwords/automaton';
import { spellingOf } from '@auricle/decoding/token-bytes';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const TABLE: TokenTable = { symbols: ['<blk>', '▁', 'a', 'b', 'c', '▁ab'], blankId: 0 };
const factory = (hotwords?: Hotword[]) =>
  new DecoderFactory(TABLE, { frameSeconds: 0.04 }, planDecoding(TABLE, { beam: 16, hotwords }));

const anyPhrases = fc.uniqueArray(
  fc.record({
    phrase: fc.constantFrom('a', 'b', 'ab', 'aba', 'a b', 'b a', 'ab a b', 'a a', 'ba'),
    worth: fc.double({ min: -3, max: 5, noNaN: true }),
  }),
  { minLength: 1, maxLength: 6, selector: ({ phrase }) => phrase },
);
const anyText = fc
  .array(fc.constantFrom('a', 'b', 'ab', 'aba', 'c'), { maxLength: 12 })
  .map((words) => words.join(' '));

describe('the automaton', () => {
  const banked = (automaton: HotwordAutomaton, text: string) => {
    let [state, sum] = [automaton.start, 0];
    for (const byte of spellingOf(`${text} `)) {
      state = automaton.step(state, byte);
      sum += automaton.banks[state];
    }
    return sum;
  };

  it('banks the worth of every phrase wherever its words stand in the text', () => {
    fc.assert(
      fc.property(
        anyPhrases,
        anyText.filter((text) => text !== ''),
        (phrases, text) => {
          let expected = 0;
          for (const { phrase, worth } of phrases)
            for (let at = ` ${text} `.indexOf(` ${phrase} `); at >= 0; at = ` ${text} `.indexOf(` ${phrase} `, at + 1))
              expected += worth;
          expect(banked(HotwordAutomaton.of(phrases), text)).toBeCloseTo(expected, 9);
        },
      ),
    );
  });

  it('gives a share for every byte and takes it back where the text goes another way', () => {
    const automaton = HotwordAutomaton.of([{ phrase: 'abc a', worth: 10 }]);
    const partials = (text: string) => {
      let state = automaton.start;
      return Array.from(spellingOf(text), (byte) => {
        state = automaton.step(state, byte);
        return automaton.partial[state];
      });
    };
    expect(partials('abc a')).toEqual([2, 4, 6, 8, 10]);
    expect(partials('abc b')).toEqual([2, 4, 6, 8, 0]);
    // A byte that no phrase has.
    expect(partials('abz')).toEqual([2, 4, 0]);
  });
});

describe('hotwords of a stream', () => {
  /** Each frame's tokens are a little more or less likely: `b` and `c` are close, and there is no doubt of the rest. */
  const rowOf = (probabilities: Record<string, number>) =>
    TABLE.symbols.map((symbol) => Math.log(probabilities[symbol] ?? 1e-4));
  const say = [rowOf({ a: 0.9 }), rowOf({ b: 0.4, c: 0.55 }), rowOf({ '▁': 0.9 }), rowOf({ a: 0.9 })];
  const push = (decoder: { push(logProbs: Float32Array, frames: number): void }, rows: number[][]) =>
    decoder.push(Float32Array.from(rows.flat()), rows.length);
  const textWith = (hotwords: Hotword[]) => {
    const { decoder } = factory(hotwords).create();
    push(decoder, say);
    return decoder.result(true).text;
  };

  it('turn a close decision', () => {
    expect(textWith([])).toBe('ac a');
    expect(textWith([{ phrase: 'ab', boost: 2 }])).toBe('ab a');
    expect(textWith([{ phrase: 'ab a', boost: 1 }])).toBe('ab a');
    expect(textWith([{ phrase: 'ac', boost: -2 }])).toBe('ab a');
  });

  it('do nothing for a phrase that is only part of a word, or is not finished', () => {
    expect(textWith([{ phrase: 'ab b', boost: 4 }])).toBe('ac a');
    expect(textWith([{ phrase: 'b', boost: 4 }])).toBe('ac a');
  });

  it('are found however the tokens cut the words', () => {
    const rows = [rowOf({ '▁ab': 0.45, a: 0.5 }), rowOf({ '<blk>': 0.99 }), rowOf({ c: 0.9 })];
    const { decoder } = factory([{ phrase: 'abc', boost: 3 }]).create();
    push(decoder, rows);
    expect(decoder.result(true).text).toBe('abc');
  });

  it('can be changed while the stream runs, as if they had been there since the segment began', () => {
    fc.assert(
      fc.property(anyPhrases, fc.integer({ min: 0, max: 30 }), fc.integer(), (phrases, when, seed) => {
        const hotwords = phrases.map(({ phrase, worth }) => ({ phrase, boost: worth }));
        // A beam that holds every prefix keeps what the old hotwords would have dropped.
        const wide = { beam: 3000, beamScore: Number.POSITIVE_INFINITY, tokenScore: -100, blankSkip: 2 };
        const made = new DecoderFactory(TABLE, { frameSeconds: 0.04 }, planDecoding(TABLE, wide));
        const rows = Array.from({ length: 4 }, (_, t) =>
          TABLE.symbols.map((_, v) => -5 * (Math.abs(Math.sin(seed + 7 * t + 13 * v) * 43758.5453) % 1)),
        );
        const from = made.create(hotwords).decoder as BeamDecoder;
        push(from, rows);
        const changed = made.create([{ phrase: 'c', boost: 3 }]).decoder as BeamDecoder;
        push(changed, rows.slice(0, when % 4));
        made.setHotwords(changed, hotwords);
        push(changed, rows.slice(when % 4));
        const [found, expected] = [changed.nBest(20, true), from.nBest(20, true)];
        expect(found.map(({ text }) => text)).toEqual(expected.map(({ text }) => text));
        for (const [i, { score }] of expected.entries()) expect(found[i].score).toBeCloseTo(score, 9);
      }),
      { numRuns: 25 },
    );
  });

  it('cannot be given to a stream that decodes greedily', () => {
    const greedy = new DecoderFactory(TABLE, { frameSeconds: 0.04 }, planDecoding(TABLE));
    expect(() => greedy.setHotwords(greedy.create().decoder, [])).toThrow(
      expect.objectContaining({ code: 'AUR_DECODING_HOTWORDS_GREEDY' }),
    );
    expect(() => greedy.setHotwords(greedy.create([]).decoder, [])).not.toThrow();
  });
});

describe('hotwords that cannot be used', () => {
  it('are named, each with its reason, and the rest is used', () => {
    const { usable, problems } = checkHotwords(TABLE, [
      { phrase: ' ab   a ', boost: 2 },
      { phrase: 'azb', boost: 2 },
      { phrase: ' ', boost: 2 },
      { phrase: 'b', boost: Number.POSITIVE_INFINITY },
      { phrase: 'a', boost: Number.NaN },
      { phrase: 'ab a', boost: 3 },
    ]);
    expect(usable).toEqual([{ phrase: 'ab a', boost: 3 }]);
    expect(problems.map(({ code }) => code)).toEqual(Array(4).fill('AUR_DECODING_HOTWORD'));
    expect(problems.map(({ message }) => message)).toEqual([
      'hotword "azb": "z" in "azb" is not in the vocabulary',
      'hotword " ": it has no word',
      'hotword "b": boost Infinity: expected a number from -1000 to 1000',
      'hotword "a": boost NaN: expected a number from -1000 to 1000',
    ]);
  });
});
