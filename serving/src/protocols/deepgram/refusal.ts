/** A coded error goes in; how Deepgram's clients are told of it comes out: at the handshake and by REST as a status, in a session as a close code. */
import { randomUUID } from 'node:crypto';
import type { AuricleError } from '@auricle/audio';
import { z } from 'zod';
import { statusOf } from '../../errors.js';
import { standardHeaders } from '../../refusals.js';
import type { Refusal } from '../protocol.js';

export const refusalSchema = z.object({ err_code: z.string(), err_msg: z.string(), request_id: z.string() });

/** By code, and by status. */
const CODES: Record<string, string> = {
  AUR_PROTOCOL_PARAMETER: 'INVALID_QUERY_PARAMETER',
  AUR_PROTOCOL_HOTWORDS: 'INVALID_QUERY_PARAMETER',
};

const NAMES: Record<number, string> = {
  400: 'Bad Request',
  401: 'INVALID_AUTH',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

/** No place for another stream is what Deepgram answers with 429. */
const statusFor = (error: AuricleError): number => (error.code === 'AUR_SERVING_FULL' ? 429 : statusOf(error));

export function refusal(error: AuricleError): Refusal {
  const status = statusFor(error);
  const body = {
    err_code: CODES[error.code] ?? NAMES[status] ?? 'INTERNAL_SERVER_ERROR',
    err_msg: error.message,
    request_id: randomUUID(),
  };
  return {
    status,
    headers: {
      ...standardHeaders(status, error),
      'Content-Type': 'application/json',
      'dg-error': printable(error.message),
      'dg-request-id': body.request_id,
    },
    body: JSON.stringify(body),
  };
}

/** What may stand in a header. */
const printable = (text: string) => text.replace(/[^\x20-\x7e]+/g, '?').slice(0, 500);

export interface Close {
  code: number;
  reason: string;
}

/** Deepgram's close codes: what cannot be decoded, and what the service did. */
export function closeOf(error: AuricleError): Close {
  const { code, message } = error;
  if (code === 'AUR_PROTOCOL_IDLE' || code === 'AUR_LIMIT_IDLE') return { code: 1011, reason: `NET-0001: ${message}` };
  if (code.startsWith('AUR_AUDIO_') || code.startsWith('AUR_PROTOCOL_'))
    return { code: 1008, reason: `DATA-0000: ${message}` };
  return { code: 1011, reason: `NET-0000: ${message}` };
}
