/** Timed words go in, NIST's CTM comes out: a line a word, for sclite and its kin. */
import { asField, type TimedWord } from './timed-word.js';

export interface CtmOptions {
  /** name of the recording as in its reference; white space in it becomes `_` */
  recording: string;
  /** default `1` */
  channel?: string | number;
}

/** Lines `recording channel start duration word confidence`, each ending in a line feed; without a confidence the line ends after the word.
 *  Times are rounded to milliseconds, so that a word's end is the rounded end. A word of several (`5 pm`) is joined by `_`. */
export function ctm(words: readonly TimedWord[], { recording, channel = 1 }: CtmOptions): string {
  const file = asField(recording).replace(/^;;/, '__');
  const line = ({ word, start, end, confidence }: TimedWord) => {
    const from = Math.round(1000 * start);
    const duration = Math.max(0, Math.round(1000 * end) - from);
    const fields = [file, asField(String(channel)), inSeconds(from), inSeconds(duration), asField(word)];
    if (confidence !== undefined) fields.push(confidence.toFixed(4));
    return `${fields.join(' ')}\n`;
  };
  return words.map(line).join('');
}

const inSeconds = (ms: number) => (ms / 1000).toFixed(3);
