/** The native protocol's messages: JSON text goes in, checked records come out, and back; docs/reference/native-protocol.md describes it. */
import { LOWEST_RATE, PCM_ENCODINGS } from '@auricle/audio';
import { describeIssues } from '@auricle/bundle';
import { z } from 'zod';
import { servingError } from '../../errors.js';
import type { Segment } from '../../results.js';

export const NATIVE_PATH = '/v1/stream';

/** Characters of all hotwords of a stream: an automaton is built of them, and a stranger's may not take much memory. */
export const MOST_HOTWORD_CHARACTERS = 20_000;

/** Phrases that are to be heard more readily. */
const hotwords = z
  .array(z.strictObject({ phrase: z.string().max(200), boost: z.number() }))
  .max(1000)
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
  /** say up to which time the audio need not be kept */
  acknowledge: z.boolean().default(false),
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

const seconds = z.number().nonnegative();
const confidence = z.number().min(0).max(1);
const segmentFields = {
  segment: z.number().int().nonnegative(),
  text: z.string(),
  start: seconds,
  end: seconds,
  confidence,
  words: z.array(z.object({ word: z.string(), start: seconds, end: seconds, confidence })),
};

export const serverMessageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    model: z.object({ name: z.string(), language: z.string() }),
    /** audio the model takes at a time, seconds */
    chunkSeconds: seconds,
  }),
  z.object({ type: z.literal('partial'), ...segmentFields }),
  z.object({ type: z.literal('final'), ...segmentFields }),
  z.object({ type: z.literal('settled'), seconds }),
  z.object({ type: z.literal('done'), audioSeconds: seconds, segments: z.number().int().nonnegative() }),
  z.object({ type: z.literal('warning'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type ServerMessage = z.output<typeof serverMessageSchema>;

const shorten = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw servingError('AUR_PROTOCOL_NOT_JSON', { reason, seen: shorten(text) }, { cause });
  }
}

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_MESSAGE naming field, value seen and what was expected */
export function parseClientMessage(text: string): ClientMessage {
  const value = parseJson(text);
  const parsed = clientMessageSchema.safeParse(value);
  if (!parsed.success) throw servingError('AUR_PROTOCOL_MESSAGE', { problems: describeIssues(parsed.error, value) });
  return parsed.data;
}

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_MESSAGE */
export function parseServerMessage(text: string): ServerMessage {
  const value = parseJson(text);
  const parsed = serverMessageSchema.safeParse(value);
  if (!parsed.success) throw servingError('AUR_PROTOCOL_MESSAGE', { problems: describeIssues(parsed.error, value) });
  return parsed.data;
}

/** Milliseconds and four digits of confidence are all that the figures carry. */
const round = (value: number, digits: number) => Number(value.toFixed(digits));

export const settledMessage = (time: number): ServerMessage => ({ type: 'settled', seconds: round(time, 6) });

export const segmentMessage = ({ isFinal, segment, text, start, end, confidence, words }: Segment): ServerMessage => ({
  type: isFinal ? 'final' : 'partial',
  segment,
  text,
  start: round(start, 3),
  end: round(end, 3),
  confidence: round(confidence, 4),
  words: words.map((w) => ({
    word: w.word,
    start: round(w.start, 3),
    end: round(w.end, 3),
    confidence: round(w.confidence, 4),
  })),
});
