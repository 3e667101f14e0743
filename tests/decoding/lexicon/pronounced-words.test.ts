/** Decoding with tokens that are sounds: words come from the lexicon, homophones by the language model. */
import {
  type BeamDecoder,
  DecoderFactory,
  type DecodingOptions,
  ForcedAligner,
  parseLexicon,
  planDecoding,
  readArpa,
  type TokenTable,
} from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../failure.js';
import { anyCuts, chunksOf, logProbRows, pushRows } from '../random-streams.js';

const TIMING = { frameSeconds: 0.08 };
const TABLE: TokenTable = {
  symbols: ['<blk>', '▁', 't', 'u', '▁k', 'æ', 's', '▁tu'],
  blankId: 0,
  lexicon: parseLexicon('two t u\nto t u\ncat k æ t\ncats k æ t s\ncats k æ s\nus u s\n'),
};
const lm = await readArpa([
  Buffer.from(`\\data\\
ngram 1=8
ngram 2=4

\\1-grams:
-3 <unk>
-99 <s> -0.3
-1 </s>
-1.2 to -0.2
-1.5 two -0.2
-1.6 cat -0.1
-1.6 cats -0.1
-1.6 us -0.1

\\2-grams:
-0.2 two cats
-0.3 to us
-0.4 cat to
-2.5 to cats

\\end\\
`),
]);
const NO = -12;
/** Rows that say the tokens, a blank after each. */
const rowsOf = (...symbols: string[]) =>
  symbols.flatMap((symbol) =>
    [symbol, '<blk>'].map((heard) => TABLE.symbols.map((token) => (token === heard ? -1e-4 : NO))),
  );
const made = (options: DecodingOptions = {}, table = TABLE) => {
  const { decoder, problems } = new DecoderFactory(table, TIMING, planDecoding(table, options)).create();
  return { decoder: decoder as BeamDecoder, problems };
};
function decoded(options: DecodingOptions, ...symbols: string[]) {
  const { decoder } = made(options);
  const rows = rowsOf(...symbols);
  decoder.push(Float32Array.from(rows.flat()), rows.length);
  return decoder.result(true);
}

describe('a table of sounds', () => {
  it('says words of its lexicon, without a language model the first of homophones', () => {
    const { text, words } = decoded({}, '▁tu', '▁k', 'æ', 't', 's');
    expect(text).toBe('two cats');
    expect(words.map(({ word, start, end }) => [word, start, end])).toEqual([
      ['two', 0, 0.08],
      ['cats', 0.16, expect.closeTo(0.72)],
    ]);
  });

  it('chooses homophones by what was said before', () => {
    expect(decoded({ lm, alpha: 1 }, '▁k', 'æ', 't', '▁tu').text).toBe('cat to');
    expect(decoded({ lm, alpha: 1 }, '▁tu').text).toBe('to');
  });

  it('hears each pronunciation of a word', () => {
    expect(decoded({ lm }, '▁k', 'æ', 's').text).toBe('cats');
  });

  it('tells of an open word what it may become, and counts on nothing of it', () => {
    const { decoder } = made({ lm, settleSeconds: 0 });
    const rows = rowsOf('▁tu', '▁k', 'æ');
    decoder.push(Float32Array.from(rows.flat()), rows.length);
    const { text, stableCharacters } = decoder.result();
    expect(text).toMatch(/^to cats?$/);
    expect(text.slice(0, stableCharacters).trim()).toBe('to');
  });

  it('writes a hotword as it was asked for and its homophone as ever', () => {
    const hotwords = [{ phrase: 'two', boost: 1 }];
    expect(decoded({ lm, hotwords }, '▁k', 'æ', 't', '▁tu').text).toBe('cat two');
    expect(decoded({ lm, hotwords: [{ phrase: 'to us', boost: 1 }] }, '▁tu').text).toBe('to');
  });

  it('leaves out hotwords that its lexicon does not have, and says so', () => {
    const { problems } = made({ hotwords: [{ phrase: 'to dogs', boost: 1 }] });
    expect(problems.map(({ message }) => message)).toEqual(['hotword "to dogs": the lexicon has no word "dogs"']);
  });

  it('keeps to the words allowed', () => {
    const { text } = decoded({ lexicon: ['two', 'cat'] }, '▁tu', '▁k', 'æ', 't', 's');
    expect(text).toBe('two cat');
    expect(failureOf(() => planDecoding(TABLE, { lexicon: ['dogs'] }))).toMatchObject({
      code: 'AUR_DECODING_PRONUNCIATION',
    });
  });

  it('refuses a lexicon of other sounds', () => {
    const table = { ...TABLE, lexicon: parseLexicon('two T UW\n') };
    expect(failureOf(() => planDecoding(table))).toMatchObject({ code: 'AUR_DECODING_LM_VOCABULARY' });
  });

  it('aligns texts by how they are said', () => {
    const aligner = new ForcedAligner(TABLE, 'two cats', TIMING);
    const rows = rowsOf('▁tu', '▁k', 'æ', 't', 's');
    aligner.push(Float32Array.from(rows.flat()), rows.length);
    const { text, words } = aligner.finish();
    expect(text).toBe('two cats');
    expect(words.map(({ word }) => word)).toEqual(['two', 'cats']);
  });
});

describe('whatever is heard', () => {
  const written = new Set([...TABLE.lexicon!.keys()]);
  const ways: DecodingOptions[] = [
    {},
    { lm },
    { lm, beam: 4, settleSeconds: 0.2 },
    { lm, hotwords: [{ phrase: 'two', boost: 2 }] },
  ];

  it('is words of the lexicon, one for each timed word, however the frames are cut, and what is stable stays', () => {
    fc.assert(
      fc.property(logProbRows(TABLE.symbols.length, 16), anyCuts, fc.constantFrom(...ways), (rows, cuts, options) => {
        const { decoder } = made(options);
        let stable = '';
        for (const chunk of chunksOf(rows, cuts)) {
          pushRows(decoder, chunk);
          const { text, stableCharacters } = decoder.result();
          expect(text.startsWith(stable)).toBe(true);
          stable = text.slice(0, stableCharacters);
        }
        const final = decoder.result(true);
        expect(final.text.startsWith(stable)).toBe(true);
        expect(final.words.map(({ word }) => word).join(' ')).toBe(final.text);
        for (const { word } of final.words) expect(written).toContain(word);
        const whole = made(options).decoder;
        pushRows(whole, rows);
        expect(whole.result(true)).toEqual(final);
      }),
    );
  });
});
