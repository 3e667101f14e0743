/** What the service does with jobs goes in, its HTTP routes come out, and what the served documents say of them. */
import { asCoded } from '@auricle/serving';
import type { Pass } from '@auricle/serving/admission/admission';
import type { HttpProtocol } from '@auricle/serving/protocols/protocol';
import type { Context, Hono } from 'hono';
import { batchError } from '../errors.js';
import { jobViewSchema } from '../jobs/job-view.js';
import type { JobService } from './job-service.js';
import { errorSchema, refusal, refused } from './refusal.js';
import {
  checked,
  idempotencySchema,
  idSchema,
  jobsSchema,
  readJobRequest,
  resultQuerySchema,
  uploadSchema,
  urlsSchema,
} from './requests.js';

export const JOBS_PATH = '/v1/jobs';

const CONTENT_TYPES: Record<string, string> = {
  json: 'application/json',
  jsonl: 'application/jsonl',
  vtt: 'text/vtt',
  csv: 'text/csv',
};
const contentType = (format: string) => CONTENT_TYPES[format] ?? 'text/plain; charset=utf-8';

const failed = (summary: string) => ({ summary, content: { 'application/json': errorSchema } });
const always = {
  400: failed('something in the request cannot be used'),
  401: failed('no valid API key'),
  403: failed('the key or the page may not use the service'),
  405: failed('another method'),
  429: failed('too many requests for the key or the address'),
  431: { summary: "the request's head has more than 16 KiB", content: {} },
  500: failed('the service failed'),
  503: failed('too many jobs wait, or the service cannot take requests now'),
};
const unknown = failed('no such job, or one of another key');

export const jobRoutes = (service: JobService): HttpProtocol => ({
  name: 'jobs',
  routes: [
    {
      path: JOBS_PATH,
      method: 'post',
      summary: 'Recordings to transcribe: addresses, or an upload.',
      headers: idempotencySchema,
      body: { 'application/json': urlsSchema, 'multipart/form-data': uploadSchema },
      responses: {
        202: { summary: 'a job for each', content: { 'application/json': jobsSchema } },
        ...always,
        413: failed('the body is larger than the server takes'),
      },
    },
    {
      path: `${JOBS_PATH}/{id}`,
      method: 'get',
      summary: 'How far a job is.',
      parts: idSchema,
      responses: {
        200: { summary: 'the job', content: { 'application/json': jobViewSchema } },
        ...always,
        404: unknown,
      },
    },
    {
      path: `${JOBS_PATH}/{id}`,
      method: 'delete',
      summary: 'Forgets a job: cancels it where it has not ended, deletes its result.',
      parts: idSchema,
      responses: { 204: { summary: 'it is gone', content: {} }, ...always, 404: unknown },
    },
    {
      path: `${JOBS_PATH}/{id}/result`,
      method: 'get',
      summary: 'The transcript of a job that is done.',
      parts: idSchema,
      query: resultQuerySchema,
      responses: {
        200: {
          summary: 'the transcript',
          content: {
            ...{ 'application/json': undefined, 'application/jsonl': undefined, 'text/plain': undefined },
            ...{ 'text/vtt': undefined, 'text/csv': undefined },
          },
        },
        ...always,
        404: unknown,
        409: failed('the job is not done'),
      },
    },
  ],
  refusal,
  mount(app, { limits, log }) {
    const answered =
      (answer: (c: Context, pass: Pass) => Promise<Response>) =>
      async (c: Context): Promise<Response> => {
        try {
          return await answer(c, (c as Context<{ Variables: { pass: Pass } }>).get('pass'));
        } catch (error) {
          const coded = asCoded(error);
          log.info({ protocol: 'jobs', code: coded.code, reason: coded.message }, 'request refused');
          return refused(coded);
        }
      };
    const idOf = (c: Context) => {
      const id = c.req.param('id') ?? '';
      if (!idSchema.safeParse({ id }).success) throw batchError('AUR_JOB_UNKNOWN', { id: JSON.stringify(id) });
      return id;
    };
    const take = answered(async (c, pass) => {
      const given = c.req.header('idempotency-key');
      const { 'Idempotency-Key': key } = checked(idempotencySchema, { 'Idempotency-Key': given });
      const request = await readJobRequest(c, limits.maxUploadBytes);
      return c.json({ jobs: await service.take(request, pass, key) }, 202);
    });
    const one = `${JOBS_PATH}/:id`;
    app.post(JOBS_PATH, take);
    app.get(
      one,
      answered(async (c, pass) => c.json(await service.view(idOf(c), pass))),
    );
    app.delete(
      one,
      answered(async (c, pass) => {
        await service.remove(idOf(c), pass);
        return c.body(null, 204);
      }),
    );
    app.get(
      `${one}/result`,
      answered(async (c, pass) => {
        const { format } = checked(resultQuerySchema, c.req.query());
        return c.body(await service.result(idOf(c), pass, format), 200, { 'Content-Type': contentType(format) });
      }),
    );
    refuseOthers(app, JOBS_PATH, 'POST');
    refuseOthers(app, one, 'GET, DELETE');
    refuseOthers(app, `${one}/result`, 'GET');
  },
});

function refuseOthers(app: Hono, path: string, allow: string): void {
  app.all(path, (c) => refused(batchError('AUR_JOB_METHOD', { method: c.req.method, expected: allow }), allow));
}
