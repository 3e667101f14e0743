/** What all formats are written from: a word and when it was said. */

/** Seconds from the recording's start. */
export interface TimedWord {
  /** without white space at its ends */
  word: string;
  start: number;
  end: number;
  /** in [0, 1] */
  confidence?: number;
}

/** Characters that end a line for someone who reads the format, and tabs: a format of lines must not get one from a word. */
const BREAKS = /[\s\u0085\u2028\u2029]+/g;

/** The text in one line, with single spaces. */
export const inOneLine = (text: string): string => text.replace(BREAKS, ' ').trim();

/** White space of any kind becomes `_`: for formats whose fields it parts. */
export const asField = (text: string): string => inOneLine(text).replaceAll(' ', '_') || '_';
