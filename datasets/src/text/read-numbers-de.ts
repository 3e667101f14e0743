/** A German text goes in, its numbers come out as they are read out; everything else stays. */
import { toCardinal, toOrdinal } from 'n2words/de-DE';

/** A number is taken from its first digit on, also where a rule then does not hold: that keeps long runs of digits cheap. */
const INTEGER = String.raw`(?<!\d)(?:\d{1,3}(?:\.\d{3})+(?!\d)|\d+)`;
/** Numbers of more digits are read digit by digit. */
const MOST_DIGITS = 15;

const CURRENCIES: Readonly<Record<string, string>> = { '€': 'Euro', $: 'Dollar', '£': 'Pfund' };

const UNITS: Readonly<Record<string, string>> = {
  ...{ km: 'Kilometer', cm: 'Zentimeter', mm: 'Millimeter', kg: 'Kilogramm', mg: 'Milligramm', ml: 'Milliliter' },
  ...{ kw: 'Kilowatt', mw: 'Megawatt', hz: 'Hertz', khz: 'Kilohertz', mhz: 'Megahertz', ghz: 'Gigahertz' },
  ...{ kb: 'Kilobyte', mb: 'Megabyte', gb: 'Gigabyte', min: 'Minuten' },
};

const MONTHS = 'Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember';
/** What a number of one takes the form `ein` before. */
const COUNTED = `%|Prozent|Euro|Cent|Dollar|Pfund|Uhr|Meter|Grad|Mal|Jahr|Monat|Tag|${Object.values(UNITS).join('|')}`;

/** Every digit is read: as money, a time, a day, a year or what else it can be told to be, or as a plain number.
 *  A slash between digits must be U+2044. */
export function readGermanNumbers(text: string): string {
  const said = (words: string) => ` ${words} `;
  return (
    text
      .replace(/(?<![\d:.])([01]?\d|2[0-4])[:.]([0-5]\d)\s*Uhr\b/gu, (_, hours: string, minutes: string) =>
        said(readTime(hours, minutes)),
      )
      .replace(/(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])/gu, (_, hours: string, minutes: string) =>
        said(readTime(hours, minutes)),
      )
      .replace(new RegExp(String.raw`([€$£])\s*(${INTEGER}(?:,\d+)?)`, 'gu'), '$2 $1')
      .replace(
        new RegExp(String.raw`(${INTEGER}),(\d\d)\s*(€|\$|£|(?:Euro|Dollar|Pfund)\b)`, 'gu'),
        (_, whole: string, cents: string, currency: string) => {
          const units = `${readOne(whole)} ${CURRENCIES[currency] ?? currency}`;
          return said(cents === '00' ? units : `${units} ${toCardinal(Number(cents))}`);
        },
      )
      .replace(/[€$£]/gu, (sign) => said(CURRENCIES[sign]))
      .replace(new RegExp(String.raw`(?<=\d)\s*(${Object.keys(UNITS).join('|')})\b\.?`, 'giu'), (_, unit: string) =>
        said(UNITS[unit.toLowerCase()]),
      )
      // The day of a month and the number of a century; their ending hangs on the article before them.
      .replace(
        new RegExp(
          String.raw`(\b(?:der|die|das)\s+)?(?<!\d)(\d{1,2})\.(?=\s*(?:${MONTHS}|Jahrhundert|Jh\.|jahrhundert))`,
          'giu',
        ),
        (_, article: string | undefined, digits: string) => {
          const ordinal = Number(digits) === 0 ? 'nullte' : toOrdinal(Number(digits));
          return said(`${article ?? ''}${ordinal}${article === undefined ? 'n' : ''}`);
        },
      )
      .replace(/(?<![\d-])(1\d{3}|20\d{2})-(\d{4}|\d{2})(?![\d-])/gu, '$1 bis $2')
      .replace(/(?<=\d)\s*–\s*(?=\d)/gu, ' bis ')
      .replace(/(?<![\p{L}\p{N}])-(?=\d)/gu, 'minus ')
      .replace(new RegExp(String.raw`(${INTEGER}),(\d+)`, 'gu'), (_, whole: string, part: string) =>
        said(`${readInteger(whole)} Komma ${digitByDigit(part)}`),
      )
      .replace(new RegExp(String.raw`(?<!\d)1(?=\s*(?:${COUNTED}))`, 'gu'), ' ein ')
      // What follows without a gap belongs to the word: 20er, 3fach.
      .replace(new RegExp(String.raw`(${INTEGER})(?=\p{Ll}{2})`, 'gu'), (digits) => ` ${readOne(digits)}`)
      .replace(new RegExp(INTEGER, 'gu'), (digits) => said(readInteger(digits)))
  );
}

const readOne = (digits: string): string => (digits === '1' ? 'ein' : readInteger(digits));

/** From 1100 to 1999 a number of four digits is counted in hundreds, as years are. */
function readInteger(digits: string): string {
  if (/^1[1-9]\d\d$/.test(digits)) {
    const rest = Number(digits.slice(2));
    return `${toCardinal(Number(digits.slice(0, 2)))}hundert${rest === 0 ? '' : toCardinal(rest)}`;
  }
  const plain = digits.replaceAll('.', '');
  if (plain.length > MOST_DIGITS || /^0\d/.test(plain)) return digitByDigit(plain);
  return toCardinal(BigInt(plain));
}

const digitByDigit = (digits: string): string => Array.from(digits, (digit) => toCardinal(Number(digit))).join(' ');

function readTime(hours: string, minutes: string): string {
  const hour = `${readOne(String(Number(hours)))} Uhr`;
  return minutes === '00' ? hour : `${hour} ${toCardinal(Number(minutes))}`;
}
