/** The words that were recognised and those that were said, both with times, go in; how far off the times are comes out. */
import { alignWords, type TimedWord } from '@auricle/decoding';

/** Seconds that a recognised word begins and ends too late (negative: too early). */
export interface TimeError {
  start: number;
  end: number;
}

/** Of the words that were recognised right; the others have no counterpart. */
export function timeErrors(said: readonly TimedWord[], heard: readonly TimedWord[]): TimeError[] {
  const { pairs } = alignWords(
    said.map(({ word }) => word),
    heard.map(({ word }) => word),
  );
  const errors: TimeError[] = [];
  let [s, h] = [0, 0];
  for (const [reference, hypothesis] of pairs) {
    if (reference !== undefined && reference === hypothesis)
      errors.push({ start: heard[h].start - said[s].start, end: heard[h].end - said[s].end });
    if (reference !== undefined) s++;
    if (hypothesis !== undefined) h++;
  }
  return errors;
}

export interface TimeAccuracy {
  /** words that were compared */
  words: number;
  /** of the absolute errors of starts, seconds */
  start: Quantiles;
  end: Quantiles;
  /** of starts and ends together */
  all: Quantiles;
  /** medians of the errors with their sign, seconds: what a correction would take away */
  bias: TimeError;
}

export interface Quantiles {
  median: number;
  p90: number;
}

/** Of at least one word. */
export function timeAccuracy(errors: readonly TimeError[]): TimeAccuracy {
  const starts = errors.map(({ start }) => start);
  const ends = errors.map(({ end }) => end);
  return {
    words: errors.length,
    start: quantiles(starts),
    end: quantiles(ends),
    all: quantiles([...starts, ...ends]),
    bias: { start: median(starts), end: median(ends) },
  };
}

const quantiles = (errors: readonly number[]): Quantiles => {
  const sizes = errors.map(Math.abs);
  return { median: median(sizes), p90: quantile(sizes, 0.9) };
};

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** By straight lines between the sorted values, as numpy has it. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

const ms = (seconds: number) => `${(1000 * seconds).toFixed(0)} ms`;

/** @param name of what the times are compared with */
export const timeAccuracyLine = ({ words, start, end, all, bias }: TimeAccuracy, name: string): string =>
  `word times beside ${name}: median error ${ms(all.median)}, 90 % within ${ms(all.p90)} ` +
  `(starts ${ms(start.median)} and ${ms(start.p90)}, ends ${ms(end.median)} and ${ms(end.p90)}; ` +
  `bias ${ms(bias.start)} and ${ms(bias.end)}), ${words} words`;
