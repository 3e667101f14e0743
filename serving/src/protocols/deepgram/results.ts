/** Segments and what is served go in, the records that Deepgram's answers are made of come out. */
import { createHash } from 'node:crypto';
import type { Bundle } from '@auricle/bundle';
import type { z } from 'zod';
import type { Segment } from '../../results.js';
import { confidence, timedWord } from '../numbers.js';
import type { alternativeSchema, modelInfoSchema } from './messages.js';

export type Alternative = z.output<typeof alternativeSchema>;

/** @param segments one, or all of a recording */
export function alternative(segments: readonly Segment[]): Alternative {
  const words = segments.flatMap((segment) => segment.words);
  const product = segments.reduce((so, segment) => so * segment.confidence, 1);
  return {
    transcript: segments.map((segment) => segment.text).join(' '),
    confidence: segments.length === 0 ? 0 : confidence(product ** (1 / segments.length)),
    words: words.map((word) => ({ ...timedWord(word), confidence: confidence(word.confidence) })),
  };
}

export interface ServedModel {
  uuid: string;
  info: z.output<typeof modelInfoSchema>;
}

/** The bundle's name makes its id, so that it is the same on every machine. */
export function servedModel({ description }: Bundle): ServedModel {
  const digits = createHash('sha256').update(description.name).digest('hex').slice(0, 32);
  return {
    uuid: digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-5$3-a$4-$5'),
    info: { name: description.name, version: String(description.version ?? 1), arch: 'ctc' },
  };
}

/** `key:value` of the parameter `extra`. */
export function extraRecord(extra: readonly string[] | undefined): Record<string, string> | undefined {
  if (!extra || extra.length === 0) return undefined;
  return Object.fromEntries(
    extra.map((pair) => {
      const at = pair.indexOf(':');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
