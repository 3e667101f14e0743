/** The native protocol's messages: JSON text goes in, checked records come out, and back; docs/reference/native-protocol.md describes it. */
import { LOWEST_RATE, PCM_ENCODINGS } from '@auricle/audio';
import { z } from 'zod';
import type { Segment } from '../../results.js';
import { checkMessage } from '../check-message.js';
import { MOST_HOTWORD_CHARACTERS, MOST_HOTWORDS } from '../hotword-phrases.js';
import { parseJson } from '../json.js';
import { confidence, seconds, timedWord } from '../numbers.js';

export const NATIVE_PATH = '/v1/stream';

/** Phrases that are to be heard more readily. */
const hotwords = z
  .array(z.strictObject({ phrase: z.string().max(200), boost: z.number() }))
  .max(MOST_HOTWORDS)
  .refine((list) => list.reduce((sum, { phrase }) => sum + phrase.length, 0) <= MOST_HOTWORD_CHARACTERS, {
    error: `expected at most ${MOST_HOTWORD_CHARACTERS} characters in all`,
  });

/** Files may come at higher rates; for a stranger's stream, filters for those would be too long. */
export const HIGHEST_STREAM_RATE = 192_000;

export const startMessageSchema = z.strictObject({
  type: z.literal('start'),
  /** Hz */
  sampleRate: z.number().int().min(LOWEST_RATE).max(HIGHEST_STREAM_RATE),
  /** of the binary messages */
  encoding: z.enum(PCM_ENCODINGS).default('s16le'),
  /** send segments while they grow */
  partials: z.boolean().default(true),
  /** of this stream alone, instead of the server's; also none, if they are to change */
  hotwords: hotwords.optional(),
});
export const hotwordsMessageSchema = z.strictObject({ type: z.literal('hotwords'), hotwords });
export const endMessageSchema = z.strictObject({ type: z.literal('end') });
export const clientMessageSchema = z.discriminatedUnion('type', [
  startMessageSchema,
  hotwordsMessageSchema,
  endMessageSchema,
]);

export type ClientMessage = z.output<typeof clientMessageSchema>;
export type StartMessage = z.output<typeof startMessageSchema>;

const time = z.number().nonnegative();
const share = z.number().min(0).max(1);
const segmentFields = {
  segment: z.number().int().nonnegative(),
  text: z.string(),
  start: time,
  end: time,
  confidence: share,
  words: z.array(z.object({ word: z.string(), start: time, end: time, confidence: share })),
};

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    model: z.object({ name: z.string(), language: z.string() }),
    /** audio the model takes at a time, seconds */
    chunkSeconds: time,
  }),
  z.object({ type: z.literal('partial'), ...segmentFields }),
  z.object({ type: z.literal('final'), ...segmentFields }),
  z.object({ type: z.literal('done'), audioSeconds: time, segments: z.number().int().nonnegative() }),
  z.object({ type: z.literal('warning'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type ServerMessage = z.output<typeof serverMessageSchema>;

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_MESSAGE naming field, value seen and what was expected */
export const parseClientMessage = (text: string): ClientMessage => checkMessage(clientMessageSchema, parseJson(text));

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_MESSAGE */
export const parseServerMessage = (text: string): ServerMessage => checkMessage(serverMessageSchema, parseJson(text));

export const segmentMessage = ({ isFinal, segment, text, start, end, words, ...heard }: Segment): ServerMessage => ({
  type: isFinal ? 'final' : 'partial',
  segment,
  text,
  start: seconds(start),
  end: seconds(end),
  confidence: confidence(heard.confidence),
  words: words.map((word) => ({ ...timedWord(word), confidence: confidence(word.confidence) })),
});
