/** Deepgram's live messages: text of a client goes in, checked records come out; segments go in, the server's messages come out. */
import { z } from 'zod';
import { checkMessage } from '../check-message.js';
import { described } from '../documents/description.js';
import { parseJson } from '../json.js';

export const LISTEN_PATH = '/v1/listen';

export const keepAliveSchema = z
  .object({ type: z.literal('KeepAlive') })
  .meta(described('works', 'Keeps a connection without audio open; has no reply.'));
export const finalizeSchema = z
  .object({ type: z.literal('Finalize'), channel: z.number().int().optional() })
  .meta(described('works', 'What was said so far comes as final results with `from_finalize`, of all channels.'));
export const closeStreamSchema = z
  .object({ type: z.literal('CloseStream') })
  .meta(described('works', 'The last results and `Metadata` come, then the connection closes with 1000.'));
export const configureSchema = z
  .object({ type: z.literal('Configure'), processors: z.record(z.string(), z.unknown()).optional() })
  .meta(described('no effect yet', 'Turns numerals on and off while a stream runs.'));
export const controlMessageSchema = z.discriminatedUnion('type', [
  keepAliveSchema,
  finalizeSchema,
  closeStreamSchema,
  configureSchema,
]);
export type ControlMessage = z.output<typeof controlMessageSchema>;

const time = z.number().nonnegative();
const confidence = z.number().min(0).max(1);

export const wordSchema = z.object({ word: z.string(), start: time, end: time, confidence });
export const alternativeSchema = z.object({ transcript: z.string(), confidence, words: z.array(wordSchema) });
export const modelInfoSchema = z.object({ name: z.string(), version: z.string(), arch: z.string() });

export const resultsSchema = z
  .object({
    type: z.literal('Results'),
    channel_index: z.tuple([z.number().int(), z.number().int()]),
    duration: time,
    start: time,
    is_final: z.boolean(),
    speech_final: z.boolean(),
    from_finalize: z.boolean(),
    channel: z.object({ alternatives: z.array(alternativeSchema) }),
    metadata: z.object({
      request_id: z.string(),
      model_info: modelInfoSchema,
      model_uuid: z.string(),
      extra: z.record(z.string(), z.string()).optional(),
    }),
  })
  .meta(described('works', 'A stretch of text: one that may still change, or (`is_final`) one that will not.'));
export const utteranceEndSchema = z
  .object({
    type: z.literal('UtteranceEnd'),
    channel: z.tuple([z.number().int(), z.number().int()]),
    last_word_end: time,
  })
  .meta(described('works', 'No word followed for `utterance_end_ms` of audio.'));
export const speechStartedSchema = z
  .object({ type: z.literal('SpeechStarted'), channel: z.array(z.number().int()), timestamp: time })
  .meta(described('partly', 'The first word of an utterance was heard.'));
export const metadataSchema = z
  .object({
    type: z.literal('Metadata'),
    transaction_key: z.literal('deprecated'),
    request_id: z.string(),
    sha256: z.string(),
    created: z.string(),
    duration: time,
    channels: z.number().int().nonnegative(),
    models: z.array(z.string()),
    model_info: z.record(z.string(), modelInfoSchema),
    extra: z.record(z.string(), z.string()).optional(),
  })
  .meta(described('works', 'The last message, after `CloseStream`.'));
export const errorSchema = z
  .object({ type: z.literal('Error'), variant: z.string(), description: z.string(), message: z.string() })
  .meta(described('works', 'A message of the client cannot be used; the connection closes.'));

export type ServerMessage =
  | z.output<typeof resultsSchema>
  | z.output<typeof utteranceEndSchema>
  | z.output<typeof speechStartedSchema>
  | z.output<typeof metadataSchema>
  | z.output<typeof errorSchema>;

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_MESSAGE */
export const parseControl = (text: string): ControlMessage => checkMessage(controlMessageSchema, parseJson(text));
