/** A coded error goes in, how a client is told of it comes out. */
import type { AuricleError } from '@auricle/audio';
import { statusOf } from '@auricle/serving';
import type { Refusal } from '@auricle/serving/protocols/protocol';
import { refusalOf } from '@auricle/serving/refusals';
import { z } from 'zod';

export const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

const STATUSES: Record<string, number> = {
  AUR_JOB_UNKNOWN: 404,
  AUR_JOB_NOT_DONE: 409,
  AUR_JOB_FULL: 503,
  AUR_JOB_STORE: 500,
  AUR_JOB_METHOD: 405,
};

export const refusal = (error: AuricleError): Refusal => ({
  status: STATUSES[error.code] ?? statusOf(error),
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ error: { code: error.code, message: error.message } }),
});

export function refused(error: AuricleError, allow?: string): Response {
  const { status, headers, body } = refusalOf(error, refusal);
  return new Response(body, { status, headers: { ...headers, ...(allow && { Allow: allow }) } });
}
