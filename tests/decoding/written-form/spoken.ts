/** A text goes in, its words with times and confidences come out: as a recogniser gives them. */
import type { Word, WrittenForm } from '@auricle/decoding';

export const heard = (text: string): Word[] =>
  text.split(' ').map((word, i) => ({ word, start: i, end: i + 0.5, confidence: 0.5 }));

export const writtenAs = (form: WrittenForm, text: string): string =>
  form
    .apply(heard(text))
    .map(({ word }) => word)
    .join(' ');
