/** The native protocol's messages: JSON text goes in, checked records come out, and back; docs/reference/native-protocol.md describes it. */
import { LOWEST_RATE, PCM_ENCODINGS } from '@auricle/audio';
import { describeIssues } from '@auricle/bundle';
import { type EndpointRule, endpointRules, type SpeechEvent } from '@auricle/decoding';
import { z } from 'zod';
import { servingError } from '../../errors.js';
import { type Alternative, MOST_ALTERNATIVES, type Segment } from '../../results.js';
import { parseJson } from '../json.js';

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

/** Of the endpoint's rules, which have a check of their own. */
function checkedRules(options: unknown, context: z.RefinementCtx): readonly EndpointRule[] | undefined {
  try {
    return options === undefined ? undefined : endpointRules(options);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
}

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
  /** texts for each segment */
  alternatives: z.number().int().min(1).max(MOST_ALTERNATIVES).default(1),
  /** when a segment ends, instead of the server's rules */
  endpoint: z.unknown().transform(checkedRules).optional(),
  /** send `speech_started` and `speech_ended` */
  speechEvents: z.boolean().default(false),
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
const spokenFields = {
  text: z.string(),
  start: seconds,
  end: seconds,
  confidence,
  words: z.array(z.object({ word: z.string(), start: seconds, end: seconds, confidence })),
};
const segmentFields = {
  segment: z.number().int().nonnegative(),
  ...spokenFields,
  /** of `text`, from its start: later messages of the segment have them too */
  stableCharacters: z.number().int().nonnegative(),
  /** the best first, which is the segment's own; only where they were asked for */
  alternatives: z.array(z.object(spokenFields)).optional(),
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
  z.object({ type: z.literal('speech_started'), time: seconds }),
  z.object({ type: z.literal('speech_ended'), time: seconds }),
  z.object({ type: z.literal('done'), audioSeconds: seconds, segments: z.number().int().nonnegative() }),
  z.object({ type: z.literal('warning'), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);
export type ServerMessage = z.output<typeof serverMessageSchema>;

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_DEPTH, AUR_PROTOCOL_MESSAGE naming field, value seen and what was expected */
export function parseClientMessage(text: string): ClientMessage {
  const value = parseJson(text);
  const parsed = clientMessageSchema.safeParse(value);
  if (!parsed.success) throw servingError('AUR_PROTOCOL_MESSAGE', { problems: describeIssues(parsed.error, value) });
  return parsed.data;
}

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_DEPTH, AUR_PROTOCOL_MESSAGE */
export function parseServerMessage(text: string): ServerMessage {
  const value = parseJson(text);
  const parsed = serverMessageSchema.safeParse(value);
  if (!parsed.success) throw servingError('AUR_PROTOCOL_MESSAGE', { problems: describeIssues(parsed.error, value) });
  return parsed.data;
}

/** Milliseconds and four digits of confidence are all that the figures carry. */
const round = (value: number, digits: number) => Number(value.toFixed(digits));

const spokenMessage = ({ text, start, end, confidence, words }: Alternative) => ({
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

export const segmentMessage = (found: Segment): ServerMessage => ({
  type: found.isFinal ? 'final' : 'partial',
  segment: found.segment,
  ...spokenMessage(found),
  stableCharacters: found.stableCharacters,
  ...(found.alternatives && { alternatives: found.alternatives.map(spokenMessage) }),
});

export const speechMessage = ({ type, time }: SpeechEvent): ServerMessage => ({ type, time: round(time, 3) });
