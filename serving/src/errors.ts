/** The serving room's errors, and how a WebSocket connection closes and which HTTP status is given after each. */
import { AuricleError, errorTable } from '@auricle/audio/errors';

export const servingError = errorTable({
  AUR_SERVING_FULL: 'all {limit} streams are taken: try again in {seconds} s',
  AUR_SERVING_NOT_READY: 'no inference worker is ready',
  AUR_SERVING_NO_MODEL: 'no model {model} is served here: there are {models}',
  AUR_SERVING_CLOSED: 'the stream is closed: no {what} after that',
  AUR_SERVING_SHUTDOWN: 'the server is shutting down',
  AUR_SERVING_WORKER_LOST: 'the inference worker ended: {reason}',
  AUR_SERVING_MODEL: '{model}: cannot be loaded: {reason}',
  AUR_SERVING_NOT_LOG_MEL:
    '{model}: speech events and rules of silence need a model on log-mel frames of samples in [-1, 1]',
  AUR_SERVING_RUN: 'the model failed on a chunk of this stream: {reason}',
  AUR_SERVING_OUTPUT: 'the model gave {seen}; expected {expected}',
  AUR_SERVING_INTERNAL: 'unexpected failure: {reason}',
  AUR_SERVING_OPTION: '{option}: seen {seen}, expected {expected}',
  AUR_SERVING_STOPPED: 'the transcription was stopped',
  AUR_SERVING_LISTEN: '{host}:{port}: cannot listen: {reason}',
  AUR_SERVING_CERTIFICATE: '{certificate} and {key}: {reason}',
  AUR_PROTOCOL_NOT_JSON: 'text message is not JSON ({reason}): seen {seen}',
  AUR_PROTOCOL_MESSAGE: 'message refused: {problems}',
  AUR_PROTOCOL_NO_START: 'audio before the start message: {bytes} bytes seen, expected {"type":"start","sampleRate":…}',
  AUR_PROTOCOL_TEXT: 'text message where audio is due: seen {seen}, expected binary audio or {"type":"end"}',
  AUR_PROTOCOL_ORDER: 'message "{type}" out of order: expected {expected}',
  AUR_PROTOCOL_AFTER_END: 'a message of {bytes} bytes after the end message: expected none',
  AUR_PROTOCOL_SHERPA_TEXT: 'text message {seen}: expected binary audio or Done',
  AUR_PROTOCOL_PARAMETER: 'request refused: {problems}',
  AUR_PROTOCOL_HOTWORDS:
    '{count} hotwords of {characters} characters: expected at most {most} of {mostCharacters} characters in all',
  AUR_PROTOCOL_METHOD: 'method {method}: expected {expected}',
  AUR_PROTOCOL_IDLE: 'no audio and no other message for {seconds} s',
  AUR_PROTOCOL_TOO_LARGE: 'message of {bytes} bytes: expected at most {limit}',
  AUR_PROTOCOL_DEPTH: 'JSON nested deeper than {limit} levels',
  AUR_ACCESS_MISSING: 'no API key: expected one as "Authorization: Bearer KEY", or a token of /v1/tokens',
  AUR_ACCESS_KEY: 'the API key is not known',
  AUR_ACCESS_EXPIRED: 'the API {what} has expired',
  AUR_ACCESS_TOKEN: 'the token is not valid: {reason}',
  AUR_ACCESS_SPENT: 'the token has been used before: each opens one stream',
  AUR_ACCESS_NEEDS_KEY: 'a token does not do here: expected an API key',
  AUR_ACCESS_ORIGIN: 'pages of {origin} may not use this service',
  AUR_ACCESS_CONFIG: '{source}: {problems}',
  AUR_LIMIT_CONNECTIONS: 'all {limit} connections are taken: try again later',
  AUR_LIMIT_ADDRESS: 'more than {limit} streams from one address',
  AUR_LIMIT_RATE: 'too many {what}: try again later',
  AUR_LIMIT_KEY_STREAMS: 'more than {limit} streams with this API key',
  AUR_LIMIT_KEY_AUDIO: 'the {limit} hours of audio that this API key has a day are used up',
  AUR_LIMIT_IDLE: 'no message for {seconds} s',
  AUR_LIMIT_LENGTH: 'the stream has {seconds} s of audio, the most that one may have',
});

/** RFC 6455 close codes: 1003 wrong kind of data, 1007 data that does not hold what its kind says, 1008 against the order of messages,
 *  1009 too large, 1011 our fault, 1012 restart, 1013 try again later. */
const CLOSE_CODES: Record<string, number> = {
  AUR_SERVING_FULL: 1013,
  AUR_SERVING_NOT_READY: 1013,
  AUR_SERVING_NO_MODEL: 1008,
  AUR_SERVING_SHUTDOWN: 1012,
  AUR_PROTOCOL_NOT_JSON: 1007,
  AUR_PROTOCOL_MESSAGE: 1007,
  AUR_PROTOCOL_NO_START: 1003,
  AUR_PROTOCOL_TEXT: 1003,
  AUR_PROTOCOL_ORDER: 1008,
  AUR_PROTOCOL_AFTER_END: 1008,
  AUR_PROTOCOL_TOO_LARGE: 1009,
  AUR_PROTOCOL_DEPTH: 1007,
  AUR_LIMIT_RATE: 1008,
  AUR_LIMIT_IDLE: 1008,
  AUR_LIMIT_LENGTH: 1008,
  AUR_LIMIT_KEY_AUDIO: 1008,
  AUR_PROTOCOL_SHERPA_TEXT: 1003,
  AUR_PROTOCOL_HOTWORDS: 1008,
  AUR_PROTOCOL_IDLE: 1011,
  AUR_AUDIO_ODD_BYTES: 1007,
  AUR_AUDIO_NOT_FINITE: 1007,
  AUR_AUDIO_RATE: 1007,
};

export const closeCodeOf = (error: AuricleError): number => CLOSE_CODES[error.code] ?? 1011;

/** HTTP statuses where a request is refused before a stream is open: what the client did is 400, others may try again. */
const STATUSES: Record<string, number> = {
  AUR_SERVING_FULL: 503,
  AUR_SERVING_NOT_READY: 503,
  AUR_SERVING_SHUTDOWN: 503,
  AUR_SERVING_WORKER_LOST: 500,
  AUR_SERVING_RUN: 500,
  AUR_SERVING_INTERNAL: 500,
  AUR_PROTOCOL_TOO_LARGE: 413,
  AUR_ACCESS_MISSING: 401,
  AUR_ACCESS_KEY: 401,
  AUR_ACCESS_EXPIRED: 401,
  AUR_ACCESS_TOKEN: 401,
  AUR_ACCESS_SPENT: 401,
  AUR_ACCESS_NEEDS_KEY: 403,
  AUR_ACCESS_ORIGIN: 403,
  AUR_LIMIT_CONNECTIONS: 503,
  AUR_LIMIT_ADDRESS: 429,
  AUR_LIMIT_RATE: 429,
  AUR_LIMIT_KEY_STREAMS: 429,
  AUR_LIMIT_KEY_AUDIO: 429,
  AUR_PROTOCOL_METHOD: 405,
};

/** Seconds after which it may be tried again, where the error knows; a few otherwise. */
export const retryAfterOf = (error: AuricleError): number => (error as { retryAfter?: number }).retryAfter ?? 5;

export const statusOf = (error: AuricleError): number => STATUSES[error.code] ?? 400;

/** The error itself when it is coded (also the decoding room's), else AUR_SERVING_INTERNAL around it. */
export function asCoded(error: unknown): AuricleError {
  if (error instanceof AuricleError) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && code.startsWith('AUR_'))
    return new AuricleError(code as `AUR_${string}`, String(message), { cause: error });
  return servingError('AUR_SERVING_INTERNAL', { reason: String(message ?? error) }, { cause: error });
}
