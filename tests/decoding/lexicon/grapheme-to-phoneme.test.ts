import { GraphemeToPhoneme, parseLexicon } from '@auricle/decoding';
import { describe, expect, it } from 'vitest';

/** Spelled by rule: sh is ʃ, ee is i, x is ks, a final e is silent and makes the a before it long. */
const ONSETS = { b: 'b', t: 't', sh: 'ʃ', m: 'm', s: 's' };
const RIMES = { ee: 'i', an: 'æn', ane: 'ān', ax: 'æks', op: 'ɑp', it: 'ɪt', eet: 'it' };
const words = Object.entries(ONSETS).flatMap(([onset, first]) =>
  Object.entries(RIMES).map(([rime, rest]) => [onset + rime, first + rest] as const),
);
const kept = new Set(['sheet', 'max', 'tane', 'bop']);
const guesses = new GraphemeToPhoneme(
  new Map(words.filter(([word]) => !kept.has(word)).map(([word, spelling]) => [word, [spelling]])),
);

describe('guessed pronunciations', () => {
  it.each(words.filter(([word]) => kept.has(word)))('%s, which was not learned, is said %s', (word, spelling) => {
    expect(guesses.guess(word)).toEqual([spelling]);
  });

  it('come with others, the likelier first, all different', () => {
    const said = guesses.guess('shane', 4);
    expect(said[0]).toBe('ʃān');
    expect(new Set(said).size).toBe(said.length);
    expect(said.length).toBeGreaterThan(1);
  });

  it('are none for letters that were never seen, or no letters', () => {
    expect(guesses.guess('bük')).toEqual([]);
    expect(guesses.guess('')).toEqual([]);
  });

  it('learn nothing of words with more sounds than letters can stand for', () => {
    const odd = new GraphemeToPhoneme(parseLexicon('w d ʌ b əl j u\nab æ b\nba b æ\naba æ b æ\n'));
    expect(odd.guess('bab')).toEqual(['bæb']);
    expect(odd.guess('w')).toEqual([]);
  });
});
