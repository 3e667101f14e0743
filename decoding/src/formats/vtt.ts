/** Captions go in, WebVTT comes out: what a `<track>` of a web page shows. */
import type { Caption } from './captions.js';
import { clockTime } from './clock-time.js';
import { inOneLine } from './timed-word.js';

/** Captions of speakers have the speaker as WebVTT's voice: `<v Anna>good morning`. */
export function vtt(captions: readonly Caption[]): string {
  const block = ({ start, end, lines, speaker }: Caption) => {
    const text = lines.map((line) => escaped(inOneLine(line))).join('\n');
    const voice = speaker === undefined ? '' : `<v ${escaped(inOneLine(speaker))}>`;
    return `\n${clockTime(start, '.')} --> ${clockTime(end, '.')}\n${voice}${text}\n`;
  };
  return `WEBVTT\n${captions.map(block).join('')}`;
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
