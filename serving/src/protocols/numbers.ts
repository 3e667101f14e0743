/** Times and confidences go in, as many digits as they are worth come out. */
import type { Word } from '@auricle/decoding';

const round = (value: number, digits: number) => Number(value.toFixed(digits));

/** Seconds to the millisecond. */
export const seconds = (value: number): number => round(value, 3);

/** Confidences to four digits. */
export const confidence = (value: number): number => round(value, 4);

/** The fields that every protocol has for a word. */
export const timedWord = ({ word, start, end }: Word) => ({ word, start: seconds(start), end: seconds(end) });
