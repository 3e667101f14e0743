import { readGermanNumbers } from '@auricle/datasets/text/read-numbers-de';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const read = (text: string) =>
  readGermanNumbers(text)
    .replace(/[\s-]+/g, ' ')
    .trim();

describe('readGermanNumbers', () => {
  it.each([
    ['1 und 21', 'eins und einundzwanzig'],
    ['345', 'dreihundertfünfundvierzig'],
    ['1.234.567', 'eine Million zweihundertvierunddreißigtausendfünfhundertsiebenundsechzig'],
    ['1996', 'neunzehnhundertsechsundneunzig'],
    ['1100', 'elfhundert'],
    ['2001', 'zweitausendeins'],
    ['1914-18', 'neunzehnhundertvierzehn bis achtzehn'],
    ['3,14', 'drei Komma eins vier'],
    ['-5', 'minus fünf'],
    ['040', 'null vier null'],
  ])('reads %s as a number', (text, words) => {
    expect(read(text)).toBe(words);
  });

  it.each([
    ['3,50 €', 'drei Euro fünfzig'],
    ['€ 1,00', 'ein Euro'],
    ['1 €', 'ein Euro'],
    ['3,5 Millionen €', 'drei Komma fünf Millionen Euro'],
    ['1 Prozent', 'ein Prozent'],
    ['15:30 Uhr', 'fünfzehn Uhr dreißig'],
    ['13.00 Uhr', 'dreizehn Uhr'],
    ['1 Uhr', 'ein Uhr'],
    ['5 km', 'fünf Kilometer'],
  ])('reads %s as what it measures', (text, words) => {
    expect(read(text)).toBe(words);
  });

  it.each([
    ['am 3. Mai', 'am dritten Mai'],
    ['der 21. Dezember', 'der einundzwanzigste Dezember'],
    ['im 19. Jahrhundert', 'im neunzehnten Jahrhundert'],
    ['Das war 1996.', 'Das war neunzehnhundertsechsundneunzig .'],
  ])('takes a dot for a rank only before a month or a century: %s', (text, words) => {
    expect(read(text)).toBe(words);
  });

  it.each([
    ['20er', 'zwanziger'],
    ['3fach', 'dreifach'],
    ['1mal', 'einmal'],
    ['S3', 'S drei'],
  ])('joins %s to the word that it belongs to', (text, words) => {
    expect(read(text)).toBe(words);
  });

  it('leaves no digit and loses no other word', () => {
    const token = fc.constantFrom(
      '1',
      '07',
      '1996',
      '€',
      '.',
      ',',
      ':',
      '-',
      ' ',
      'er',
      '⁄',
      '%',
      '1.000',
      'km',
      ' Mai',
      ' Uhr',
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 10 }), (tokens) => {
        const words = read(`vorher ${tokens.join('')} nachher`);
        expect(words).not.toMatch(/\d|undefined|NaN/);
        expect(words).toMatch(/^vorher .*nachher$|^vorher nachher$/);
      }),
    );
  });
});
