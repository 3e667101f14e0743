import { encodeText, formatLexicon, parseLexicon, pronounce, pronunciations, type TokenTable } from '@auricle/decoding';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../failure.js';

const LEXICON = parseLexicon('read r i d\nread r ɛ d\nred r ɛ d\n\nbook b ʊ k\n');

describe('a lexicon', () => {
  it('has all pronunciations of a word, the first one first', () => {
    expect(LEXICON.get('read')).toEqual(['rid', 'rɛd']);
    expect(pronounce(LEXICON, 'red  book read')).toBe('rɛd bʊk rid');
    expect(pronunciations(LEXICON, 'read book')).toEqual(['rid bʊk', 'rɛd bʊk']);
  });

  it('tells a phrase by eight combinations at most', () => {
    const said = pronunciations(LEXICON, 'read read read read read');
    expect(said).toHaveLength(8);
    expect(said[0]).toBe('rid rid rid rid rid');
  });

  it('names the word that it does not have', () => {
    expect(failureOf(() => pronounce(LEXICON, 'red boat'))).toMatchObject({
      code: 'AUR_DECODING_PRONUNCIATION',
      message: 'the lexicon has no word "boat"',
    });
  });

  it('names the line of a word without sounds', () => {
    expect(failureOf(() => parseLexicon('a ə\nbook\n'))).toMatchObject({
      code: 'AUR_DECODING_LEXICON',
      message: 'lexicon line 2: "book" has no pronunciation',
    });
    expect(failureOf(() => parseLexicon('\n'))).toMatchObject({ code: 'AUR_DECODING_LEXICON' });
  });

  it('is read as it was written', () => {
    const word = fc.stringMatching(/^[a-zé']{1,6}$/);
    const spellings = fc.uniqueArray(fc.stringMatching(/^[a-zəʃ]{1,5}$/), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(word, spellings), { minLength: 1, selector: ([name]) => name }),
        (entries) => {
          const lexicon = new Map(entries);
          expect(parseLexicon(formatLexicon(lexicon))).toEqual(lexicon);
        },
      ),
    );
  });

  it('spells what a table of sounds encodes', () => {
    const table: TokenTable = { symbols: ['<blk>', '▁r', '▁b', 'ɛ', 'ʊ', 'd', 'k'], blankId: 0, lexicon: LEXICON };
    expect(encodeText(table, 'red book')).toEqual([1, 3, 5, 2, 4, 6]);
  });
});
