/** Inverse text normalisation of English against num2words (Python) and n2words (JavaScript), which read numbers out; filter and replacements. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseReplacement, RULE_NAMES, WrittenForm, type WrittenFormOptions } from '@auricle/decoding';
import fc from 'fast-check';
import { toCardinal, toOrdinal } from 'n2words/en-US';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../failure.js';
import { heard, writtenAs } from './spoken.js';

const all = new WrittenForm({ rules: 'all', wordsBelow: 0 });
const withWords = new WrittenForm({ rules: 'all' });

interface Golden {
  cardinals: [string, number][];
  ordinals: [string, string][];
  years: [string, number][];
  decimals: [string, string][];
  money: [string, number][];
}
const golden: Golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/written-form-golden.json'), 'utf8'),
);
const bare = (text: string) => text.replaceAll(',', '');
const SCALES: Record<string, number> = { million: 1e6, billion: 1e9 };
const numberIn = (text: string) => {
  const [number, scale] = bare(text).split(' ');
  return Number(number) * (scale ? SCALES[scale] : 1);
};

describe('numbers that num2words reads out come back', () => {
  it('as cardinals', () => {
    for (const [said, n] of golden.cardinals) expect([said, numberIn(writtenAs(all, said))]).toEqual([said, n]);
  });
  it('as ordinals', () => {
    for (const [said, written] of golden.ordinals) expect([said, bare(writtenAs(all, said))]).toEqual([said, written]);
  });
  it('as years', () => {
    for (const [said, n] of golden.years) expect([said, writtenAs(withWords, said)]).toEqual([said, String(n)]);
  });
  it('as decimals', () => {
    for (const [said, written] of golden.decimals) expect([said, bare(writtenAs(all, said))]).toEqual([said, written]);
  });
  it('as money', () => {
    for (const [said, cents] of golden.money)
      expect([said, bare(writtenAs(all, said))]).toEqual([said, `$${(cents / 100).toFixed(2)}`]);
  });
});

describe('numbers that n2words reads out come back', () => {
  it('every one up to 2,000 and every 997th up to 999,999, wherever they stand (npm run test:long does them all)', () => {
    for (let n = 0; n < 1_000_000; n += n < 2000 ? 1 : 997) {
      const said = toCardinal(n);
      expect([said, bare(writtenAs(all, said))]).toEqual([said, String(n)]);
      if (n > 0)
        expect(bare(writtenAs(all, `the ${toOrdinal(n)} of them`))).toMatch(
          new RegExp(`^the ${n}(st|nd|rd|th) of them$`),
        );
      if (n >= 10)
        expect(bare(writtenAs(withWords, `i saw ${said.replaceAll('-', ' ')} people`))).toBe(`i saw ${n} people`);
    }
  });

  const MONTHS = ['January', 'May', 'September', 'December'];
  it('as dates, times, money, percent and telephone numbers', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MONTHS),
        fc.integer({ min: 1, max: 31 }),
        fc.integer({ min: 2000, max: 2099 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 10, max: 59 }),
        fc.stringMatching(/^[2-9]\d{9}$/),
        (month, day, year, hour, minute, telephone) => {
          const words = (n: number) => toCardinal(n).replaceAll('-', ' ');
          const date = `${month.toLowerCase()} ${toOrdinal(day)}`;
          expect(writtenAs(withWords, `on ${date} ${words(year)}`)).toBe(`on ${month} ${day}, ${year}`);
          expect(writtenAs(withWords, date)).toBe(`${month} ${day}`);
          expect(writtenAs(withWords, `it was ${words(hour)} ${words(minute)} p m then`)).toBe(
            `it was ${hour}:${minute} PM then`,
          );
          expect(writtenAs(withWords, `at ${words(hour)} ${words(minute)}`)).toBe(`at ${hour}:${minute}`);
          const said = [...telephone].map((digit) => words(Number(digit))).join(' ');
          const [, a, b, c] = /^(...)(...)(....)$/.exec(telephone)!;
          expect(writtenAs(withWords, `call ${said} now`)).toBe(`call ${a}-${b}-${c} now`);
          expect(bare(writtenAs(withWords, `${words(year * minute)} euros and ${words(minute)} cents`))).toBe(
            `€${year * minute}.${minute}`,
          );
          expect(writtenAs(withWords, `${words(minute)} percent`)).toBe(`${minute}%`);
        },
      ),
    );
  });
});

describe('written form', () => {
  it.each([
    ['the third of march two thousand and five', '3 March 2005'],
    ['march third twenty twenty one', 'March 3, 2021'],
    ['a quarter to one a m', '12:45 AM'],
    ['half past five', '5:30'],
    ['twenty past five p.m.', '5:20 PM'],
    ['ten minutes to five', '4:50'],
    ["five o'clock", "5 o'clock"],
    ['fourteen thirty hours', '14:30'],
    ['two point five million dollars', '$2.5 million'],
    ['twenty five cents', '$0.25'],
    ['five pounds of flour', 'five pounds of flour'],
    ['five pounds fifty pence', '£5.50'],
    ['point five percent', '0.5%'],
    ['three one four one five nine two', '3141592'],
    ['double oh seven', '007'],
    ['one eight hundred five five five one two one two', '1-800-555-1212'],
    ['plus four four two oh seven nine four six oh nine five eight', '+442079460958'],
    ['the u s a and the t v', 'the USA and the TV'],
    ['double u w f', 'WWF'],
    ['nineteen eighty four', '1984'],
    ['seventeen eighteen nineteen', '17 18 19'],
    ['one of them is one', 'one of them is one'],
    ['two thirds of twelve', 'two thirds of 12'],
    ['one hundred and two hundred', '100 and 200'],
    ['half a million', 'half a million'],
    ['a hundred people', '100 people'],
    ['minus five degrees', '-5 degrees'],
    ['ten minus five', '10 minus five'],
    ['wait a second', 'wait a second'],
    ['Twenty-five, thirty-six. At five-thirty!', '25, 36. At 5:30!'],
    ['(ninety nine)', '(99)'],
    ['twenty, five', '20, five'],
    ['i am at home', 'i am at home'],
  ])('of "%s" is "%s"', (said, written) => {
    expect(writtenAs(withWords, said)).toBe(written);
  });

  it('has the start of the first and the end of the last word that it stands for, and their mean confidence', () => {
    const words = heard('on march third twenty twenty one yes');
    words[2].confidence = 0.8;
    words[5].confidence = 0.2;
    expect(withWords.apply(words)).toEqual([
      words[0],
      { word: 'March', start: 1, end: 1.5, confidence: expect.closeTo(0.5) },
      { word: '3,', start: 2, end: 2.5, confidence: expect.closeTo(0.8) },
      { word: '2021', start: 3, end: 5.5, confidence: expect.closeTo(Math.cbrt(0.5 * 0.5 * 0.2)) },
      words[6],
    ]);
  });

  const VOCABULARY =
    'a the of and point half past to oh o i p m am double minus plus percent per cent cents dollars pounds sterling second third hundred thousand million zero one five ten twenty ninety march may first hundredth twenty-five "five, six. - . — ,, o\'clock hours'.split(
      ' ',
    );
  const anyText = fc.array(
    fc.oneof(
      fc.constantFrom(...VOCABULARY),
      fc.string({ minLength: 1 }).map((word) => word.replace(/\s/g, '') || '-'),
    ),
    {
      maxLength: 25,
    },
  );

  it('never fails, never loses time, makes no empty word and gives the same text whatever the times are', () => {
    fc.assert(
      fc.property(anyText, (texts) => {
        const words = texts.map((word, i) => ({ word, start: i, end: i + 1, confidence: 0.9 }));
        const written = withWords.apply(words);
        expect(written.at(0)?.start).toBe(words.at(0)?.start);
        expect(written.at(-1)?.end).toBe(words.at(-1)?.end);
        for (const [i, { word, start, end, confidence }] of written.entries()) {
          expect(word).toMatch(/^[^ \n\t]+$/u);
          expect(end).toBeGreaterThan(start);
          if (i > 0) expect(start).toBe(written[i - 1].end);
          expect(confidence).toBeCloseTo(0.9);
        }
        const slower = withWords.apply(words.map((word) => ({ ...word, start: 7 * word.start, end: 9 * word.end })));
        expect(slower.map(({ word }) => word)).toEqual(written.map(({ word }) => word));
      }),
    );
  });

  it('is off where nothing is asked for, and has single rules', () => {
    const words = heard('twenty five percent on may first');
    expect(new WrittenForm({}).apply(words)).toEqual(words);
    expect(writtenAs(new WrittenForm({ rules: ['percent'] }), 'twenty five percent on may tenth')).toBe(
      '25% on may tenth',
    );
    expect(writtenAs(new WrittenForm({ rules: 'numerals' }), 'twenty five percent on may tenth')).toBe(
      '25 percent on may 10th',
    );
  });
});

describe('the filter of profanity', () => {
  it('hides words of its list, or of another one, and no parts of words', () => {
    const text = 'Shit, that is bullshit about cockpits';
    expect(writtenAs(new WrittenForm({ profanity: true }), text)).toBe('****, that is ******** about cockpits');
    expect(writtenAs(new WrittenForm({ profanity: ['About'] }), text)).toBe('Shit, that is bullshit ***** cockpits');
  });
});

describe('replacements', () => {
  const form = new WrittenForm({
    rules: 'all',
    replacements: ['epi pen:EpiPen', 'um', 'twenty one pilots:Twenty One Pilots', 'b t w:by the way'].map(
      parseReplacement,
    ),
  });
  it('are found whatever their case, before the rules read numbers; the longest first; what has no replacement is left out', () => {
    expect(writtenAs(form, 'um Epi pen, um and twenty one pilots twenty one')).toBe('EpiPen, and Twenty One Pilots 21');
    expect(writtenAs(form, 'epi, pen')).toBe('epi, pen');
    expect(writtenAs(form, 'one two three um four five six um seven')).toBe('123 456 seven');
  });
  it('share the time of what they stand for', () => {
    expect(form.apply(heard('b t w')).map(({ word, start, end }) => [word, start, end])).toEqual([
      ['by', 0, expect.closeTo(2.5 / 3)],
      ['the', expect.closeTo(2.5 / 3), expect.closeTo(5 / 3)],
      ['way', expect.closeTo(5 / 3), 2.5],
    ]);
  });
});

describe('options that make no sense', () => {
  it.each([
    [{ rules: ['numbers'] }, 'writtenForm.rules: seen "numbers"', RULE_NAMES.join(', ')],
    [{ rules: 'some' }, 'writtenForm.rules: seen "some"', 'all, numerals, none'],
    [{ wordsBelow: -1 }, 'writtenForm.wordsBelow: seen -1', '0 to 1000'],
    [{ replacements: [{ find: ' ' }] }, 'writtenForm.replacements.0.find', 'words to look for'],
    [{ rule: 'all' }, 'writtenForm.rule: seen an unknown option', 'wordsBelow'],
  ])('%j is refused, with path and value', (options, seen, expected) => {
    const failure = failureOf(() => new WrittenForm(options as WrittenFormOptions));
    expect(failure.code).toBe('AUR_DECODING_OPTION');
    expect(failure.message).toContain(seen);
    expect(failure.message).toContain(expected);
  });
});
