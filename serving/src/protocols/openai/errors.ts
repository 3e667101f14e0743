/** A coded error goes in; how OpenAI's clients are told of it comes out: a status with a body, or an event of a session. */
import type { AuricleError } from '@auricle/audio';
import { z } from 'zod';
import { statusOf } from '../../errors.js';
import type { Refusal } from '../protocol.js';

export const errorBodySchema = z.object({
  error: z.object({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
});
export type ErrorBody = z.output<typeof errorBodySchema>;

/** Says which parameter it is about, for that is a field of its own in OpenAI's errors. */
export class ParameterError extends Error {
  /** @param code OpenAI's: `missing_required_parameter`, `unknown_parameter`, `invalid_value`, … */
  constructor(
    message: string,
    readonly param: string | null,
    readonly code: string,
  ) {
    super(message);
  }
}

/** OpenAI's kind of error for a status. */
function typeOf(status: number): string {
  if (status === 429) return 'requests';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** OpenAI's codes for what a status says as well. */
const STATUS_CODES: Record<number, string> = { 401: 'invalid_api_key', 429: 'rate_limit_exceeded' };

/** OpenAI's codes for ours; other errors keep their own. */
const CODES: Record<string, string> = {
  AUR_SERVING_FULL: 'overloaded',
  AUR_SERVING_NOT_READY: 'overloaded',
  AUR_SERVING_SHUTDOWN: 'overloaded',
  AUR_PROTOCOL_METHOD: 'method_not_supported',
};

export function errorBody(error: AuricleError): { status: number; body: ErrorBody } {
  const status = statusOf(error);
  const isAudio = error.code.startsWith('AUR_AUDIO_');
  return {
    status,
    body: {
      error: {
        message: error.message,
        type: typeOf(status),
        param: isAudio ? 'file' : null,
        code: CODES[error.code] ?? STATUS_CODES[status] ?? error.code,
      },
    },
  };
}

export const parameterBody = ({ message, param, code }: ParameterError): ErrorBody => ({
  error: { message, type: 'invalid_request_error', param, code },
});

export function refusal(error: AuricleError): Refusal {
  const { status, body } = errorBody(error);
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** The first thing that a schema finds wrong, in OpenAI's words.
 *  @param value that was checked */
export function parameterError(error: z.ZodError, value: unknown): ParameterError {
  const issue = deepest(error.issues[0]);
  const at = issue.path.map(String);
  const named = at.join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = [...at, issue.keys[0]].join('.');
    return new ParameterError(`Unknown parameter: '${unknown}'.`, unknown, 'unknown_parameter');
  }
  if (valueAt(value, at) === undefined)
    return new ParameterError(`Missing required parameter: '${named}'.`, named, 'missing_required_parameter');
  const [kind, code] =
    issue.code === 'invalid_type' ? (['type', 'invalid_type'] as const) : (['value', 'invalid_value'] as const);
  return new ParameterError(`Invalid ${kind} for '${named}': ${issue.message}.`, named || null, code);
}

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), value);

type Issue = z.core.$ZodIssue;

/** In a union, what is wrong with the form that comes closest. */
function deepest(issue: Issue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const found = issue.errors.filter((issues) => issues.length > 0).sort((a, b) => a.length - b.length)[0]?.[0];
  return found ? deepest({ ...found, path: [...issue.path, ...found.path] } as Issue) : issue;
}
