/** The text of a CTM file goes in, the timed words of each recording come out. */
import type { TimedWord } from '@auricle/decoding';
import { cliError } from '../errors.js';

/** @param path names the file in errors
 *  @throws AUR_CLI_CTM naming the line */
export function readCtm(text: string, path: string): Map<string, TimedWord[]> {
  const recordings = new Map<string, TimedWord[]>();
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.startsWith(';;')) return;
    const [id, , from, seconds, word] = line.trim().split(/\s+/);
    const [start, duration] = [Number(from), Number(seconds)];
    if (word === undefined || !(start >= 0) || !(duration >= 0))
      throw cliError('AUR_CLI_CTM', { path, line: i + 1, seen: line });
    const words = recordings.get(id) ?? [];
    words.push({ word, start, end: start + duration });
    recordings.set(id, words);
  });
  for (const words of recordings.values()) words.sort((a, b) => a.start - b.start);
  return recordings;
}
