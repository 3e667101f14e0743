/** An English text goes in, its numbers come out as they are read out (American: no "and"); everything else stays. */
import { toCardinal, toOrdinal } from 'n2words/en-US';

/** A number is taken from its first digit on, also where a rule then does not hold: that keeps long runs of digits cheap. */
const INTEGER = String.raw`(?<!\d)(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)`;
const NUMBER = String.raw`(${INTEGER})(?:\.(\d+))?`;
/** Numbers of more digits are read digit by digit. */
const MOST_DIGITS = 15;

interface Currency {
  one: string;
  many: string;
  /** of the hundredth part */
  cent?: readonly [one: string, many: string];
}

const CURRENCIES: Readonly<Record<string, Currency>> = {
  $: { one: 'dollar', many: 'dollars', cent: ['cent', 'cents'] },
  '€': { one: 'euro', many: 'euros', cent: ['cent', 'cents'] },
  '£': { one: 'pound', many: 'pounds', cent: ['penny', 'pence'] },
  '¥': { one: 'yen', many: 'yen' },
};

const MAGNITUDES: Readonly<Record<string, string>> = { k: 'thousand', m: 'million', bn: 'billion', tn: 'trillion' };

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  km: ['kilometer', 'kilometers'],
  cm: ['centimeter', 'centimeters'],
  mm: ['millimeter', 'millimeters'],
  ft: ['foot', 'feet'],
  yd: ['yard', 'yards'],
  yds: ['yard', 'yards'],
  kg: ['kilogram', 'kilograms'],
  mg: ['milligram', 'milligrams'],
  lb: ['pound', 'pounds'],
  lbs: ['pound', 'pounds'],
  oz: ['ounce', 'ounces'],
  ml: ['milliliter', 'milliliters'],
  mph: ['mile per hour', 'miles per hour'],
  hz: ['hertz', 'hertz'],
  khz: ['kilohertz', 'kilohertz'],
  mhz: ['megahertz', 'megahertz'],
  ghz: ['gigahertz', 'gigahertz'],
  kb: ['kilobyte', 'kilobytes'],
  mb: ['megabyte', 'megabytes'],
  gb: ['gigabyte', 'gigabytes'],
  min: ['minute', 'minutes'],
  sec: ['second', 'seconds'],
  hrs: ['hour', 'hours'],
};

const FRACTIONS: Readonly<Record<string, string>> = {
  ...{ '1⁄2': 'half', '1⁄3': 'third', '2⁄3': 'two thirds', '1⁄4': 'quarter', '3⁄4': 'three quarters' },
  ...{ '1⁄8': 'eighth', '3⁄8': 'three eighths', '5⁄8': 'five eighths', '7⁄8': 'seven eighths' },
};

/** Every digit is read somehow: as money, a time, a year or what else it can be told to be, or as a plain number.
 *  A slash between digits must be U+2044. */
export function readEnglishNumbers(text: string): string {
  const said = (words: string) => ` ${words} `;
  return (
    text
      .replace(/(?<=\d\s?)([ap])\.?m\b\.?/giu, (_, half: string) => said(`${half} m`))
      .replace(/(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?![\d:])(\s*[ap] m\b)?/giu, (...match) =>
        said(readTime(match[1], match[2], match[3], match[4])),
      )
      .replace(
        new RegExp(
          String.raw`([$€£¥])\s*${NUMBER}(?:[\s-]*(hundred|thousand|million|billion|trillion|k|m|bn|tn)\b)?`,
          'giu',
        ),
        (_, sign: string, whole: string, cents: string | undefined, magnitude: string | undefined) =>
          said(readMoney(CURRENCIES[sign], whole, cents, magnitude)),
      )
      .replace(new RegExp(String.raw`${NUMBER}\s*¢`, 'gu'), (_, whole: string, part?: string) =>
        said(`${readDecimal(whole, part)} ${whole === '1' && !part ? 'cent' : 'cents'}`),
      )
      .replace(new RegExp(String.raw`${NUMBER}\s*(${Object.keys(UNITS).join('|')})\b\.?`, 'giu'), (...match) =>
        said(
          `${readDecimal(match[1], match[2])} ${UNITS[match[3].toLowerCase()][match[1] === '1' && !match[2] ? 0 : 1]}`,
        ),
      )
      .replace(new RegExp(`(${INTEGER})(?:st|nd|rd|th)\\b`, 'giu'), (_, digits: string) => said(readOrdinal(digits)))
      // Decades, and numbers of which there are several (the 1960s, the 60's, two 747s), but not what is a number's (1996's).
      .replace(/(?<!\d)(\d+s|\d*0's)\b/gu, (digits) => said(plural(readInteger(digits.replace(/'?s/, '')))))
      .replace(/(?<!\d)(?:(\d+)\s+)?([1-7]⁄[2348])(?!\d)/gu, (whole, number: string | undefined, fraction: string) => {
        if (!Object.hasOwn(FRACTIONS, fraction)) return whole;
        const part = FRACTIONS[fraction];
        const counted = part.includes(' ') ? part : `${number === undefined ? 'one' : 'a'} ${part}`;
        return said(number === undefined ? counted : `${readInteger(number)} and ${counted}`);
      })
      .replace(/(?<!\d)(?:\d{3}-)?\d{3}-\d{4}(?!\d)/gu, (telephone) =>
        said(digitByDigit(telephone.replaceAll('-', ' '))),
      )
      .replace(/(?<![\d-])(1\d{3}|20\d{2})-(\d{4}|\d{2})(?![\d-])/gu, '$1 to $2')
      .replace(/(?<=\d)\s*–\s*(?=\d)/gu, ' to ')
      .replace(/(?<![\p{L}\p{N}])-(?=\d)/gu, 'minus ')
      .replace(new RegExp(String.raw`(${INTEGER})\.(\d+)`, 'gu'), (_, whole: string, part: string) =>
        said(readDecimal(whole, part)),
      )
      .replace(/(?<!\p{L})\.(\d+)/gu, (_, part: string) => said(`point ${digitByDigit(part)}`))
      .replace(new RegExp(`(${INTEGER})('s\\b)?`, 'gu'), (_, digits: string, owner = '') =>
        said(readInteger(digits) + owner),
      )
  );
}

/** A number of four digits is read as a year is, from 1000 to 2099. */
function readInteger(digits: string): string {
  if (/^(?:1\d|20)\d\d$/.test(digits)) return readYear(Number(digits));
  return readCardinal(digits);
}

function readCardinal(digits: string): string {
  const plain = digits.replaceAll(',', '');
  if (plain.length > MOST_DIGITS || /^0\d/.test(plain)) return digitByDigit(plain);
  return toCardinal(BigInt(plain));
}

function readYear(year: number): string {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (rest < 10 && century % 10 === 0) return toCardinal(year);
  if (rest === 0) return `${toCardinal(century)} hundred`;
  return `${toCardinal(century)} ${rest < 10 ? 'oh ' : ''}${toCardinal(rest)}`;
}

function readOrdinal(digits: string): string {
  const plain = digits.replaceAll(',', '');
  if (Number(plain) === 0) return 'zeroth';
  return plain.length > MOST_DIGITS ? digitByDigit(plain) : toOrdinal(BigInt(plain));
}

const readDecimal = (whole: string, part: string | undefined): string =>
  part === undefined ? readCardinal(whole) : `${readCardinal(whole)} point ${digitByDigit(part)}`;

const digitByDigit = (digits: string): string =>
  Array.from(digits, (digit) => (digit === ' ' ? '' : toCardinal(Number(digit)))).join(' ');

function readTime(hours: string, minutes: string, seconds: string | undefined, half: string | undefined): string {
  const hour = Number(hours);
  const twoDigits = (value: string) => `${value.startsWith('0') ? 'oh ' : ''}${toCardinal(Number(value))}`;
  const after = half === undefined ? '' : ` ${half.trim()}`;
  if (seconds !== undefined) return `${toCardinal(hour)} ${twoDigits(minutes)} ${twoDigits(seconds)}${after}`;
  if (minutes !== '00') return `${toCardinal(hour)} ${twoDigits(minutes)}${after}`;
  if (half !== undefined) return `${toCardinal(hour)}${after}`;
  return `${toCardinal(hour)} ${hour >= 1 && hour <= 12 ? "o'clock" : 'hundred'}`;
}

function readMoney(
  { one, many, cent }: Currency,
  whole: string,
  part: string | undefined,
  magnitude: string | undefined,
): string {
  if (magnitude !== undefined) {
    const spelt = magnitude.toLowerCase();
    return `${readDecimal(whole, part)} ${MAGNITUDES[spelt] ?? spelt} ${many}`;
  }
  if (part !== undefined && (part.length !== 2 || !cent)) return `${readDecimal(whole, part)} ${many}`;
  const units = `${readCardinal(whole)} ${whole === '1' ? one : many}`;
  const cents = Number(part ?? 0);
  if (cents === 0 || !cent) return units;
  const parts = `${toCardinal(cents)} ${cent[cents === 1 ? 0 : 1]}`;
  return whole === '0' ? parts : `${units} ${parts}`;
}

const plural = (words: string): string => {
  if (words.endsWith('y')) return `${words.slice(0, -1)}ies`;
  return words.endsWith('x') ? `${words}es` : `${words}s`;
};
