/** What the server says in the native protocol: JSON text goes in, typed messages come out; docs/reference/native-protocol.md describes them. */
import { clientError } from './errors.js';

export const NATIVE_PATH = '/v1/stream';

/** Times are seconds from the stream's start. */
export interface Word {
  word: string;
  start: number;
  end: number;
  /** in (0, 1] */
  confidence: number;
}

/** A phrase to hear more readily. */
export interface Hotword {
  phrase: string;
  /** nats for every word of it, from -1,000 to 1,000 */
  boost: number;
}

export interface ReadyMessage {
  type: 'ready';
  model: { name: string; language: string };
  /** audio the model takes at a time, seconds */
  chunkSeconds: number;
}

/** What a segment says, or may say as well. */
export interface Spoken {
  text: string;
  start: number;
  end: number;
  confidence: number;
  words: Word[];
}

export interface SegmentFields extends Spoken {
  /** counted from 0 by finals */
  segment: number;
  /** of `text`, from its start: later messages of the segment have them too */
  stableCharacters: number;
  /** the best first, which is the segment's own; where they were asked for */
  alternatives?: Spoken[];
}

/** A segment as it stands; its text may still change. */
export interface PartialMessage extends SegmentFields {
  type: 'partial';
}

/** The last word on a segment. */
export interface FinalMessage extends SegmentFields {
  type: 'final';
}

/** Somebody began to speak, or stopped, by the energy of the audio alone. */
export interface SpeechMessage {
  type: 'speech_started' | 'speech_ended';
  time: number;
}

/** The audio before this time need not be kept. */
export interface SettledMessage {
  type: 'settled';
  seconds: number;
}

/** All that was said before the `finalize` that this answers has come as finals. */
export interface FinalizedMessage {
  type: 'finalized';
}

export interface DoneMessage {
  type: 'done';
  audioSeconds: number;
  segments: number;
}

/** Something that was asked for could not be done; the stream goes on without it. */
export interface WarningMessage {
  type: 'warning';
  code: string;
  message: string;
}

export interface ErrorMessage {
  type: 'error';
  code: string;
  message: string;
}

export type ServerMessage =
  | ReadyMessage
  | PartialMessage
  | FinalMessage
  | SpeechMessage
  | SettledMessage
  | FinalizedMessage
  | DoneMessage
  | WarningMessage
  | ErrorMessage;

/** What a message of each type must hold; the server checks the rest before it sends. */
const REQUIRED: { [Type in ServerMessage['type']]: (message: Record<string, unknown>) => boolean } = {
  ready: ({ model, chunkSeconds }) => typeof model === 'object' && model !== null && typeof chunkSeconds === 'number',
  partial: isSegment,
  final: isSegment,
  speech_started: ({ time }) => typeof time === 'number',
  speech_ended: ({ time }) => typeof time === 'number',
  settled: ({ seconds }) => typeof seconds === 'number',
  finalized: () => true,
  done: ({ audioSeconds, segments }) => typeof audioSeconds === 'number' && typeof segments === 'number',
  warning: isCoded,
  error: isCoded,
};

function isSegment({ text, words, start, end }: Record<string, unknown>): boolean {
  return typeof text === 'string' && Array.isArray(words) && typeof start === 'number' && typeof end === 'number';
}

function isCoded({ code, message }: Record<string, unknown>): boolean {
  return typeof code === 'string' && typeof message === 'string';
}

/** @returns undefined for a message of a type that a later server may know and this client does not
 *  @throws AUR_CLIENT_MESSAGE */
export function parseServerMessage(text: string): ServerMessage | undefined {
  const refuse = (options?: ErrorOptions) => clientError('AUR_CLIENT_MESSAGE', { seen: text.slice(0, 80) }, options);
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (cause) {
    throw refuse({ cause });
  }
  if (typeof message !== 'object' || message === null) throw refuse();
  const { type } = message as { type?: unknown };
  if (typeof type !== 'string') throw refuse();
  if (!Object.hasOwn(REQUIRED, type)) return undefined;
  if (!REQUIRED[type as ServerMessage['type']](message as Record<string, unknown>)) throw refuse();
  return message as ServerMessage;
}
