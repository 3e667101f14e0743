/** Timed words go in, captions come out: short texts with the time to show them, cut where a speaker or a sentence pauses. */
import { checkNumbers, type NumberRule } from '../options.js';
import { fitsIn, type LineRules, linesOf } from './caption-lines.js';
import { breakCost, PAUSE_SECONDS } from './clause-breaks.js';
import type { TimedWord } from './timed-word.js';

/** Seconds from the recording's start. */
export interface Caption {
  start: number;
  /** after `start` */
  end: number;
  /** at least one */
  lines: string[];
  speaker?: string;
}

export interface CaptionRules {
  /** characters a line at most (default 42); a longer word has a line of its own */
  lineLength?: number;
  /** lines a caption at most (default 2) */
  lines?: number;
  /** seconds a caption stands at most (default 7); a longer word stands as long as it is said */
  longest?: number;
  /** seconds a caption stands at least, where the next one leaves the time (default 1) */
  shortest?: number;
  /** characters a second that can be read: a caption stays longer for them, where the next one leaves the time (default 20) */
  readingSpeed?: number;
}

const RULES: Record<keyof CaptionRules, NumberRule> = {
  lineLength: { default: 42, low: 1, high: 200, whole: true },
  lines: { default: 2, low: 1, high: 4, whole: true },
  longest: { default: 7, low: 0.1, high: 60 },
  shortest: { default: 1, low: 0, high: 60 },
  readingSpeed: { default: 20, low: 1, high: 1000 },
};

/** A caption costs as much as a break in the midst of a clause: few captions, but not at any price. */
const CAPTION_COST = 1;
/** A cue of a fraction of the shortest time costs so much more at most. */
const HASTE_COST = 1;
/** Shortest time that a format can tell. */
const TICK = 0.001;

/** @param segments words between pauses, in the order of their times; no caption holds words of two
 *  @throws DecodingError AUR_DECODING_OPTION */
export function captions(
  segments: readonly (readonly TimedWord[])[],
  rules: CaptionRules = {},
  speaker?: string,
): Caption[] {
  const checked = checkNumbers('captions', rules, RULES);
  const groups = segments.flatMap((words) => cut(words, checked));
  return groups.map((words, i) => {
    const { start } = words[0];
    const next = groups[i + 1]?.[0].start ?? Number.POSITIVE_INFINITY;
    const spoken = words[words.length - 1].end;
    const lines = linesOf(words, checked);
    const reading = lines.join(' ').length / checked.readingSpeed;
    const wanted = Math.max(spoken, start + Math.min(checked.longest, Math.max(checked.shortest, reading)));
    const end = Math.max(Math.min(wanted, Math.max(spoken, next)), start + TICK);
    return { start, end, lines, ...(speaker !== undefined && { speaker }) };
  });
}

/** Captions of several speakers in the order of their times. */
export const mergeCaptions = (speakers: readonly (readonly Caption[])[]): Caption[] =>
  speakers.flat().sort((a, b) => a.start - b.start || a.end - b.end);

type Checked = Required<CaptionRules>;

/** The cheapest cutting: by dynamic programming over the places between words. */
function cut(words: readonly TimedWord[], rules: Checked): (readonly TimedWord[])[] {
  const cheapest = new Float64Array(words.length + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Int32Array(words.length + 1);
  cheapest[0] = 0;
  for (let end = 1; end <= words.length; end++)
    for (let start = end - 1; start >= 0; start--) {
      const group = words.slice(start, end);
      if (group.length > 1 && !isAllowed(group, rules)) break;
      const cost = cheapest[start] + captionCost(group, rules) + (end < words.length ? breakCost(words, end) : 0);
      if (cost >= cheapest[end]) continue;
      cheapest[end] = cost;
      from[end] = start;
    }
  const groups: (readonly TimedWord[])[] = [];
  for (let end = words.length; end > 0; end = from[end]) groups.push(words.slice(from[end], end));
  return groups.reverse();
}

/** If a group of words is not allowed, none that is longer is. */
function isAllowed(group: readonly TimedWord[], rules: Checked & LineRules): boolean {
  const seconds = group[group.length - 1].end - group[0].start;
  return seconds <= rules.longest && group[1].start - group[0].end < PAUSE_SECONDS && fitsIn(group, rules);
}

function captionCost(group: readonly TimedWord[], { shortest }: Checked): number {
  const seconds = group[group.length - 1].end - group[0].start;
  return CAPTION_COST + HASTE_COST * Math.max(0, 1 - seconds / Math.max(shortest, TICK));
}
