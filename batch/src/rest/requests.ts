/** The body of a request for jobs goes in, what it asks for comes out, checked. */
import { describeIssues } from '@auricle/bundle';
import { MOST_ALTERNATIVES, TRANSCRIPT_FORMATS } from '@auricle/serving';
import { parseJson } from '@auricle/serving/protocols/json';
import { readBody } from '@auricle/serving/protocols/request-body';
import type { Context } from 'hono';
import { z } from 'zod';
import { batchError } from '../errors.js';
import { jobViewSchema } from '../jobs/job-view.js';
import { PRIORITIES } from '../queue/work-queue.js';

const MOST_URLS = 1000;
const address = z.string().min(1).max(4096);
const wishes = {
  priority: z.enum(PRIORITIES).default('normal').describe('before or after the other jobs'),
  channels: z
    .enum(['mix', 'each'])
    .optional()
    .describe('all of a recording together, or one by one, as when each has a speaker'),
  webhook: address.optional().describe('address that is told when a job is done or set aside'),
};

export const urlsSchema = z.strictObject({
  urls: z.array(address).min(1).max(MOST_URLS).describe('of the recordings, http or https'),
  ...wishes,
  alternatives: z.int().min(1).max(MOST_ALTERNATIVES).optional().describe('texts for each segment'),
});

export const uploadSchema = z.strictObject({
  file: z.instanceof(Blob).meta({ type: 'string', format: 'binary', description: 'the recording' }),
  ...wishes,
  alternatives: z
    .string()
    .regex(/^([1-9]\d?|100)$/)
    .transform(Number)
    .optional()
    .describe('texts for each segment'),
});

export const idSchema = z.strictObject({ id: z.string().regex(/^[0-9a-f]{32}$/) });
export const idempotencySchema = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .describe('the same request again gives the same jobs'),
});
export const resultQuerySchema = z.strictObject({
  format: z.enum(TRANSCRIPT_FORMATS).default('json').describe('of the transcript'),
});
export const jobsSchema = z.object({ jobs: z.array(jobViewSchema) });

export type JobRequest = z.output<typeof urlsSchema> | z.output<typeof uploadSchema>;

/** @throws AUR_JOB_REQUEST, AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_DEPTH, AUR_PROTOCOL_TOO_LARGE */
export async function readJobRequest(c: Context, limit: number): Promise<JobRequest> {
  const type = c.req.header('content-type') ?? '';
  if (type.startsWith('multipart/form-data')) {
    const body = await readBody(c, limit);
    let form: FormData;
    try {
      form = await new Response(body, { headers: { 'content-type': type } }).formData();
    } catch (cause) {
      throw batchError('AUR_JOB_REQUEST', { problems: `the form cannot be read: ${(cause as Error).message}` });
    }
    return checked(uploadSchema, Object.fromEntries(form));
  }
  if (!/^application\/json\b/.test(type))
    throw batchError('AUR_JOB_REQUEST', {
      problems: `content type "${type.slice(0, 80)}": expected application/json or multipart/form-data`,
    });
  return checked(urlsSchema, parseJson(new TextDecoder().decode(await readBody(c, limit))));
}

/** @throws AUR_JOB_REQUEST */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw batchError('AUR_JOB_REQUEST', { problems: describeIssues(parsed.error, value) });
  return parsed.data;
}
