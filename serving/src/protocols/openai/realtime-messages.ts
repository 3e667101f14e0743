/** Events of a Realtime client go in, checked records come out; and the events that the server sends. */
import { z } from 'zod';
import { parseJson } from '../json.js';
import { ParameterError, parameterError } from './errors.js';
import { olderSessionSchema, sessionSchema } from './realtime-session-config.js';

export const REALTIME_PATH = '/v1/realtime';

const eventId = z.string().max(512).optional();

export const sessionUpdateSchema = z.strictObject({
  type: z.literal('session.update'),
  event_id: eventId,
  session: sessionSchema,
});
export const olderSessionUpdateSchema = z.strictObject({
  type: z.literal('transcription_session.update'),
  event_id: eventId,
  session: olderSessionSchema,
});
export const appendSchema = z.strictObject({
  type: z.literal('input_audio_buffer.append'),
  event_id: eventId,
  audio: z.string().meta({ description: 'audio in the format of the session, in base64', contentEncoding: 'base64' }),
});
export const commitSchema = z.strictObject({ type: z.literal('input_audio_buffer.commit'), event_id: eventId });
export const clearSchema = z.strictObject({ type: z.literal('input_audio_buffer.clear'), event_id: eventId });

const SCHEMAS = {
  'session.update': sessionUpdateSchema,
  'transcription_session.update': olderSessionUpdateSchema,
  'input_audio_buffer.append': appendSchema,
  'input_audio_buffer.commit': commitSchema,
  'input_audio_buffer.clear': clearSchema,
} as const;
export const CLIENT_EVENTS = SCHEMAS;
export type ClientEvent = { [Type in keyof typeof SCHEMAS]: z.output<(typeof SCHEMAS)[Type]> }[keyof typeof SCHEMAS];

/** @throws ParameterError, AUR_PROTOCOL_NOT_JSON */
export function parseClientEvent(text: string): ClientEvent {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ParameterError('Invalid event: expected a JSON object.', null, 'invalid_type');
  const { type } = value as { type?: unknown };
  if (type === undefined)
    throw new ParameterError("Missing required parameter: 'type'.", 'type', 'missing_required_parameter');
  if (typeof type !== 'string' || !Object.hasOwn(SCHEMAS, type)) {
    const known = Object.keys(SCHEMAS).map((name) => `'${name}'`);
    const seen = JSON.stringify(type)?.slice(0, 80);
    throw new ParameterError(
      `Invalid value: ${seen}. Supported values are: ${known.join(', ')}.`,
      'type',
      'invalid_value',
    );
  }
  const parsed = SCHEMAS[type as keyof typeof SCHEMAS].safeParse(value);
  if (!parsed.success) throw parameterError(parsed.error, value);
  return parsed.data as ClientEvent;
}

const time = z.number().int().nonnegative();
const event = { event_id: z.string() };
const item = z.object({
  id: z.string(),
  object: z.literal('realtime.item'),
  type: z.literal('message'),
  status: z.enum(['in_progress', 'completed']),
  role: z.literal('user'),
  content: z.array(z.object({ type: z.literal('input_audio'), transcript: z.string().nullable() })),
});
const session = z.looseObject({ id: z.string(), type: z.literal('transcription') });
const olderSession = z.looseObject({ id: z.string(), input_audio_format: z.string() });
const described = z.object({
  message: z.string(),
  type: z.string(),
  code: z.string().nullable(),
  param: z.string().nullable(),
});

export const SERVER_EVENTS = {
  'session.created': z.object({ ...event, type: z.literal('session.created'), session }),
  'session.updated': z.object({ ...event, type: z.literal('session.updated'), session }),
  'transcription_session.updated': z.object({
    ...event,
    type: z.literal('transcription_session.updated'),
    session: olderSession,
  }),
  'input_audio_buffer.speech_started': z.object({
    ...event,
    type: z.literal('input_audio_buffer.speech_started'),
    audio_start_ms: time,
    item_id: z.string(),
  }),
  'input_audio_buffer.speech_stopped': z.object({
    ...event,
    type: z.literal('input_audio_buffer.speech_stopped'),
    audio_end_ms: time,
    item_id: z.string(),
  }),
  'input_audio_buffer.committed': z.object({
    ...event,
    type: z.literal('input_audio_buffer.committed'),
    item_id: z.string(),
    previous_item_id: z.string().nullable(),
  }),
  'input_audio_buffer.cleared': z.object({ ...event, type: z.literal('input_audio_buffer.cleared') }),
  'conversation.item.added': z.object({
    ...event,
    type: z.literal('conversation.item.added'),
    previous_item_id: z.string().nullable(),
    item,
  }),
  'conversation.item.done': z.object({
    ...event,
    type: z.literal('conversation.item.done'),
    previous_item_id: z.string().nullable(),
    item,
  }),
  'conversation.item.input_audio_transcription.delta': z.object({
    ...event,
    type: z.literal('conversation.item.input_audio_transcription.delta'),
    item_id: z.string(),
    content_index: z.literal(0),
    delta: z.string(),
  }),
  'conversation.item.input_audio_transcription.completed': z.object({
    ...event,
    type: z.literal('conversation.item.input_audio_transcription.completed'),
    item_id: z.string(),
    content_index: z.literal(0),
    transcript: z.string(),
    usage: z.object({ type: z.literal('duration'), seconds: z.number().nonnegative() }),
  }),
  'conversation.item.input_audio_transcription.failed': z.object({
    ...event,
    type: z.literal('conversation.item.input_audio_transcription.failed'),
    item_id: z.string(),
    content_index: z.literal(0),
    error: described,
  }),
  error: z.object({
    ...event,
    type: z.literal('error'),
    error: described.extend({ event_id: z.string().nullable() }),
  }),
} as const;
type WithId = {
  [Type in keyof typeof SERVER_EVENTS]: z.output<(typeof SERVER_EVENTS)[Type]>;
}[keyof typeof SERVER_EVENTS];
type WithoutId<Event> = Event extends { event_id: string } ? Omit<Event, 'event_id'> : never;
/** Each gets its id as it is sent. */
export type ServerEvent = WithoutId<WithId>;
export type Item = z.output<typeof item>;
