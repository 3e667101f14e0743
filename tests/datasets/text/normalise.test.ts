import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { normaliseText, rulesOf } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corpusFolder } from '../../fixtures/corpora.js';

const english = (text: string) => normaliseText(text, 'en').text;
const german = (text: string) => normaliseText(text, 'de').text;

describe('normaliseText in English', () => {
  it.each([
    ['Author of the danger trail, Philip Steels, etc.', 'author of the danger trail philip steels et cetera'],
    ['“Don’t!” -- she said…', "don't she said"],
    ["'Tis the boys' rock 'n' roll", 'tis the boys rock n roll'],
    ['big-eyed moose—birds (both)', 'big eyed moose birds both'],
    ['Mr. & Mrs. Smith', 'mister and missus smith'],
    ['MR SMITH', 'mister smith'],
    ['The col. met Gen. Grant and Co.', 'the colonel met general grant and company'],
    ['no col met them', 'no col met them'],
    ['St. Paul lives on Main St., near 10th St.', 'saint paul lives on main street near tenth street'],
    ['No. 5? No.', 'number five no'],
    ['serial No. C2766', 'serial number c two thousand seven hundred sixty six'],
    ['#5', 'number five'],
    ['pp. 3–5, fig. 2; Sept. 4', 'pages three to five figure two september four'],
    ['the U.S.A., i.e. F.B.I.', 'the u s a i e f b i'],
    ['50% of 2½ cups', 'fifty percent of two and a half cups'],
    ['-5°C is 3 − 8', 'minus five degrees celsius is three minus eight'],
    ['café, naïve, Ærø, groß, ﬁne', 'cafe naive aero gross fine'],
    ['and/or', 'and or'],
    ['soft\u00adhyphen zero\u200bwidth', 'softhyphen zerowidth'],
    ['  two\t words\u00a0\n here ', 'two words here'],
  ])('writes %j as %j', (text, normalised) => {
    expect(normaliseText(text, 'en')).toEqual({ text: normalised, unknown: [] });
  });

  it.each([
    ['Chapter IV. The Shoemaker', 'chapter four the shoemaker'],
    ['CHAPTER I.', 'chapter one'],
    ['in this chapter I wrote', 'in this chapter i wrote'],
    ['Henry VIII and Louis XIV', 'henry the eighth and louis the fourteenth'],
    ['World War II', 'world war two'],
    ['Malcolm X and I', 'malcolm x and i'],
    ['chapter mix', 'chapter mix'],
  ])('reads Roman numerals where they can be nothing else: %s', (text, normalised) => {
    expect(english(text)).toBe(normalised);
  });

  it('names what no rule covers, and leaves it in place', () => {
    expect(normaliseText('C# ☃ for 9/11, ж, ☃', 'en')).toEqual({
      text: 'c# ☃ for nine ⁄ eleven ж ☃',
      unknown: ['#', '☃', '⁄', 'ж'],
    });
  });
});

describe('normaliseText in German', () => {
  it.each([
    ['„Größe“, sagte Dr. Müller.', 'größe sagte doktor müller'],
    ['Volleyball-Weltliga – Lugau–Wüstenbrand', 'volleyball weltliga lugau wüstenbrand'],
    ["Howlin’ Wolf, geht's, Hawaiʻi", 'howlin wolf gehts hawaii'],
    ['Café Señor Łódź', 'cafe senor lodz'],
    ['z. B. am 3. Mai 1996', 'zum beispiel am dritten mai neunzehnhundertsechsundneunzig'],
    ['Nr. 5 kostet ca. 3,5 Mio. €', 'nummer fünf kostet circa drei komma fünf millionen euro'],
    ['20 % & mehr', 'zwanzig prozent und mehr'],
    ['STRASSE', 'strasse'],
  ])('writes %j as %j', (text, normalised) => {
    expect(german(text)).toBe(normalised);
    expect(normaliseText(text, 'de').unknown).toEqual([]);
  });
});

describe('normaliseText in a language without rules', () => {
  it.each([
    ['ru', 'Привет, «мир»!', 'привет мир'],
    ['tr', 'İstanbul’da IŞIK', "istanbul'da ışık"],
    ['ja', '日本語、テスト。', '日本語 テスト'],
    ['hi', 'हिन्दी में।', 'हिन्दी में'],
    ['fr', 'Où est-ce qu’il va ?', "où est ce qu'il va"],
  ])('lower-cases and drops punctuation: %s', (language, text, normalised) => {
    expect(normaliseText(text, language)).toEqual({ text: normalised, unknown: [] });
  });

  it('does not read numbers and symbols out', () => {
    expect(normaliseText('5 % de 10', 'fr')).toEqual({ text: '5 % de 10', unknown: ['5', '%', '1', '0'] });
  });
});

describe('normaliseText told what to do', () => {
  it('keeps or refuses digits', () => {
    expect(normaliseText('in 1996, ch. 3', 'en', { digits: 'keep' })).toEqual({
      text: 'in 1996 chapter 3',
      unknown: [],
    });
    expect(normaliseText('in 1996', 'en', { digits: 'refuse' })).toEqual({ text: 'in 1996', unknown: ['1', '9', '6'] });
    expect(normaliseText('٣', 'ar', { digits: 'keep' }).unknown).toEqual([]);
  });

  it('takes rules of ones own', () => {
    const shouting = { ...rulesOf('en'), letterCase: 'upper' as const, words: { ok: 'okay' } };
    expect(normaliseText('Ok, Mr. Smith', shouting)).toEqual({ text: 'OKAY MR SMITH', unknown: [] });
  });

  it.each(['', 'english', '??', 'e'])('refuses "%s" as a language', (tag) => {
    expect(() => normaliseText('x', tag)).toThrow(expect.objectContaining({ code: 'AUR_TEXT_LANGUAGE' }));
  });

  it('takes regions for their language', () => {
    expect(normaliseText('Mr. 5', 'en-GB').text).toBe('mister five');
  });
});

describe('normaliseText of any text', () => {
  const part = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        ..."Mr.|mr|St.| |.|,|'|’|-|–|1|96|1996|3rd|£|%|½|⁄|/|chapter|iv|I|henry|No.".split('|'),
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...'2:15|p.m.|é|ß|İ|Σ|ﬁ|²|&|#|kg| Mai|3.| Uhr|er|°C|\u0301|\u00ad|☃|日'.split('|')),
    },
    fc.string({ unit: 'binary' }),
  );
  const rules = fc.record({
    language: fc.constantFrom('en', 'de', 'tr', 'und'),
    letterCase: fc.constantFrom('lower' as const, 'upper' as const),
    digits: fc.constantFrom('read' as const, 'keep' as const, 'refuse' as const),
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), rules, (parts, { language, letterCase, digits }) => {
        const own = { ...rulesOf(language), letterCase };
        const once = normaliseText(parts.join(''), own, { digits });
        expect(normaliseText(once.text, own, { digits })).toEqual(once);
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves only letters, apostrophes and single spaces, or says what else', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const { text, unknown } = normaliseText(parts.join(''), 'en');
        const known = Array.from(text, (character) => (unknown.includes(character) ? 'x' : character)).join('');
        expect(known).toMatch(/^$|^[a-z']+( [a-z']+)*$/);
      }),
    );
  });

  it('finds no character without a rule in the corpora at hand', async () => {
    for (const corpus of ['librispeech', 'cmu_arctic', 'ljspeech_subset', 'vctk_p239', 'rhasspy_kerstin_de', 'an4']) {
      const folder = corpusFolder(corpus);
      if (!folder) continue;
      const language = corpus.endsWith('_de') ? 'de' : 'en';
      const manifests = (await readdir(folder)).filter((file) => file.endsWith('.jsonl'));
      for (const manifest of manifests)
        for (const line of (await readFile(join(folder, manifest), 'utf8')).trim().split('\n')) {
          const { text } = JSON.parse(line) as { text: string };
          expect(normaliseText(text, language), text).toMatchObject({ unknown: [], text: expect.stringMatching(/./) });
        }
    }
  });
});
