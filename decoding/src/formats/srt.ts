/** Captions go in, SubRip subtitles come out. */
import type { Caption } from './captions.js';
import { clockTime } from './clock-time.js';
import { inOneLine } from './timed-word.js';

/** Captions of speakers have the speaker's name in front: `Anna: good morning`. Nothing can be escaped in SubRip: an arrow in a text becomes `->`. */
export function srt(captions: readonly Caption[]): string {
  const block = ({ start, end, lines, speaker }: Caption, i: number) => {
    const texts = lines.map((line) => inOneLine(line).replaceAll('-->', '->'));
    if (speaker !== undefined) texts[0] = `${inOneLine(speaker).replaceAll('-->', '->')}: ${texts[0]}`;
    return `${i + 1}\n${clockTime(start, ',')} --> ${clockTime(end, ',')}\n${texts.join('\n')}\n`;
  };
  return captions.map(block).join('\n');
}
