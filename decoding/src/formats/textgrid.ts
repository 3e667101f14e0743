/** Tiers of timed labels go in, Praat's TextGrid comes out, in its long text form. */
import { inOneLine, type TimedWord } from './timed-word.js';

export interface TextGridTier {
  /** for example `words`, `phones`, or a speaker */
  name: string;
  /** in the order of their times */
  intervals: readonly TimedWord[];
}

/** Intervals with nothing said in them are put in between, for a tier of Praat's has no gaps. Where two labels overlap, the second starts when
 *  the first has ended; a label that has no time left then shares none and is left out.
 *  @param seconds of the recording; later labels make it longer */
export function textGrid(tiers: readonly TextGridTier[], seconds: number): string {
  const last = Math.max(seconds, ...tiers.flatMap(({ intervals }) => intervals.map(({ end }) => end)));
  const end = Math.max(0, Math.round(1000 * last));
  const lines = [
    'File type = "ooTextFile"',
    'Object class = "TextGrid"',
    '',
    'xmin = 0',
    `xmax = ${inSeconds(end)}`,
    'tiers? <exists>',
    `size = ${tiers.length}`,
    'item []:',
  ];
  for (const [t, { name, intervals }] of tiers.entries()) {
    const whole = withoutGaps(intervals, end);
    lines.push(
      `    item [${t + 1}]:`,
      '        class = "IntervalTier"',
      `        name = ${quoted(name)}`,
      '        xmin = 0',
      `        xmax = ${inSeconds(end)}`,
      `        intervals: size = ${whole.length}`,
    );
    for (const [i, { from, to, text }] of whole.entries())
      lines.push(
        `        intervals [${i + 1}]:`,
        `            xmin = ${inSeconds(from)}`,
        `            xmax = ${inSeconds(to)}`,
        `            text = ${quoted(text)}`,
      );
  }
  return `${lines.join('\n')}\n`;
}

/** Times in ms. */
interface Interval {
  from: number;
  to: number;
  text: string;
}

function withoutGaps(labels: readonly TimedWord[], end: number): Interval[] {
  const intervals: Interval[] = [];
  let at = 0;
  for (const { word, start, end: labelEnd } of labels) {
    const from = Math.max(at, Math.round(1000 * start));
    const to = Math.round(1000 * labelEnd);
    if (to <= from) continue;
    if (from > at) intervals.push({ from: at, to: from, text: '' });
    intervals.push({ from, to, text: word });
    at = to;
  }
  if (at < end) intervals.push({ from: at, to: end, text: '' });
  return intervals;
}

/** Praat's escape of a quotation mark is two of them. */
const quoted = (text: string) => `"${inOneLine(text).replaceAll('"', '""')}"`;

const inSeconds = (ms: number) => String(ms / 1000);
