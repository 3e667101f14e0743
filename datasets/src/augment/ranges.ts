/** Ranges that settings are drawn from: their schema, and a draw. */
import { z } from 'zod';
import type { Random } from '../random.js';

/** From, to. */
export type Range = readonly [number, number];

/** A pair of numbers from `least` to `most`, the smaller first. */
export const rangeSchema = (least: number, most: number, meaning: string) => {
  const bound = z.number().min(least).max(most);
  return z
    .tuple([bound, bound])
    .refine(([from, to]) => from <= to, { error: 'expected the smaller number first' })
    .describe(meaning);
};

export const between = (random: Random, [from, to]: Range): number => from + (to - from) * random.uniform();
