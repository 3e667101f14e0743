/** Jobs over HTTP: uploads and addresses, whose they are, results, cancelling, webhooks with their signatures and retries, and where addresses may not lead. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobView } from '@auricle/batch';
import { type ServedJobs, serveJobs } from '@auricle/cli/serve/jobs';
import { createEngine, type Engine, type RunningServer, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const BUNDLE = join(import.meta.dirname, '../../../models/digits-en');
const SPOKEN = 'three one four one five nine two';
const SECRET = `whsec_${Buffer.from('a secret of more than twenty-four bytes').toString('base64')}`;
const [ANN, BOB] = ['ann-0123456789-0123456789', 'bob-0123456789-0123456789'];
const SETTINGS = {
  name: 'auricle-jobs',
  ...{ parallel: 2, mostWaiting: 100, keepHours: 72, hosts: [] as string[], maxDownloadBytes: 1 << 20 },
};

interface Call {
  headers: IncomingHttpHeaders;
  body: string;
}

let folder: string;
let recording: Buffer;
let engine: Engine;
let elsewhere: Server;
let outside: string;
const calls: Call[] = [];
/** of the next calls of the webhook; then 204 */
let answers: number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-jobs-'));
  recording = await readFile(join(BUNDLE, 'recording.wav'));
  engine = await createEngine({ bundle: BUNDLE });
  elsewhere = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const { pathname } = new URL(request.url!, 'http://host');
    if (pathname === '/hook') {
      calls.push({ headers: request.headers, body: Buffer.concat(pieces).toString() });
      response.writeHead(answers.shift() ?? 204).end();
    } else if (pathname === '/recording.wav') response.end(recording);
    else if (pathname === '/moved') response.writeHead(302, { Location: '/recording.wav' }).end();
    else if (pathname === '/round') response.writeHead(302, { Location: '/round' }).end();
    else if (pathname === '/large') response.end(Buffer.alloc((1 << 20) + 1));
    else response.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  outside = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
});
afterAll(async () => {
  elsewhere.close();
  await engine.close();
  await rm(folder, { recursive: true });
});

interface Served {
  jobs: ServedJobs;
  server: RunningServer;
}

async function serve(settings: Partial<Parameters<typeof serveJobs>[1]> = {}): Promise<Served> {
  const place = join(folder, 'place');
  const jobs = await serveJobs(engine, {
    ...SETTINGS,
    ...{ place, privateAddresses: true, webhookSecret: SECRET, ...settings },
  });
  const server = await startServer({
    ...{ engine, port: 0, log: pino({ level: 'silent' }), furtherRoutes: [jobs.routes] },
    access: { keyList: `ann:${ANN},bob:${BOB}` },
  });
  return { jobs, server };
}

async function stop({ jobs, server }: Served): Promise<void> {
  await server.close();
  await jobs.close();
}

const callerOf = ({ server }: Served) => {
  const call = async (path: string, init: RequestInit = {}, key = ANN) => {
    const headers = { Authorization: `Bearer ${key}`, ...init.headers };
    const response = await fetch(`${server.url}/v1/jobs${path}`, { ...init, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: jsonOf(text) };
  };
  const ask = (body: object, headers: Record<string, string> = {}, key = ANN) =>
    call(
      '',
      { method: 'POST', headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) },
      key,
    );
  const ended = (id: string) =>
    vi.waitUntil(
      async () => {
        const { body } = await call(`/${id}`);
        return ['done', 'failed'].includes((body as JobView).status) && (body as JobView);
      },
      { timeout: 60_000, interval: 50 },
    );
  const one = async (body: object) => {
    const taken = await ask(body);
    expect(taken.status).toBe(202);
    return ended(jobsOf(taken.body)[0].id);
  };
  return { call, ask, ended, one };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const jobsOf = (body: unknown) => (body as { jobs: JobView[] }).jobs;
const code = (body: unknown) => (body as { error: { code: string } }).error.code;

describe('the routes of jobs', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve();
  });
  afterAll(() => stop(served));
  beforeEach(() => {
    calls.length = 0;
    answers = [];
  });

  it('take an upload, give its transcript in every form, and count its audio to the key', async () => {
    const { call, ended } = callerOf(served);
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(recording)]), 'recording.wav');
    form.set('alternatives', '2');
    const taken = await call('', { method: 'POST', body: form });
    expect(taken.status).toBe(202);
    const [{ id }] = jobsOf(taken.body);
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'done', progress: 1, attempts: 1, priority: 'normal' });
    expect(job.audioSeconds).toBeCloseTo(4.7, 1);
    const json = await call(`/${id}/result`);
    expect(json.headers.get('content-type')).toBe('application/json');
    expect(json.body).toMatchObject({ text: SPOKEN });
    expect((json.body as { segments: { alternatives: object[] }[] }).segments[0].alternatives).toHaveLength(2);
    expect((await call(`/${id}/result?format=srt`)).text).toMatch(/^1\n00:00:00,\d+ --> /);
    expect((await call(`/${id}/result?format=txt`)).text).toBe(`${SPOKEN}\n`);
    expect((await call(`/${id}/result?format=doc`)).status).toBe(400);
    const used = await fetch(`${served.server.url}/v1/usage`, { headers: { Authorization: `Bearer ${ANN}` } });
    const { usage } = (await used.json()) as { usage: { audioSeconds: number } };
    expect(usage.audioSeconds).toBeCloseTo(4.7, 1);
    // A job that is done needs its upload no more.
    await vi.waitUntil(async () => (await readdir(join(folder, 'place/uploads'))).length === 0, { timeout: 10_000 });
  });

  it('take addresses, one job each, and follow where they lead', async () => {
    const { ask, ended } = callerOf(served);
    const { body } = await ask({ urls: [`${outside}/recording.wav`, `${outside}/moved`], priority: 'high' });
    for (const { id, source } of jobsOf(body)) {
      expect(source.startsWith(outside)).toBe(true);
      expect(await ended(id)).toMatchObject({ status: 'done', priority: 'high' });
    }
  });

  it('set aside at once what no further attempt would change, with its reason', async () => {
    const { one, call } = callerOf(served);
    const missing = await one({ urls: [`${outside}/nothing`] });
    expect(missing).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'AUR_JOB_REFUSED' } });
    expect(await one({ urls: [`${outside}/round`] })).toMatchObject({ error: { code: 'AUR_JOB_URL' } });
    expect(await one({ urls: [`${outside}/large`] })).toMatchObject({ error: { code: 'AUR_JOB_TOO_LARGE' } });
    const result = await call(`/${missing.id}/result`);
    expect([result.status, code(result.body)]).toEqual([409, 'AUR_JOB_NOT_DONE']);
  });

  it('tell of a job its own key alone, and forget it when told to', async () => {
    const { one, call } = callerOf(served);
    const { id } = await one({ urls: [`${outside}/recording.wav`] });
    for (const [path, method] of [
      [`/${id}`, 'GET'],
      [`/${id}`, 'DELETE'],
      [`/${id}/result`, 'GET'],
    ]) {
      const { status, body } = await call(path, { method }, BOB);
      expect([status, code(body)]).toEqual([404, 'AUR_JOB_UNKNOWN']);
    }
    expect((await call(`/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await call(`/${id}`)).status).toBe(404);
    expect((await call(`/${id}/result`)).status).toBe(404);
    expect(await readdir(join(folder, 'place/results'))).not.toContain(`${id}.json`);
  });

  it('give the same jobs for the same request again', async () => {
    const { ask } = callerOf(served);
    const body = { urls: [`${outside}/recording.wav`, `${outside}/moved`] };
    const [first, again, other] = [
      await ask(body, { 'Idempotency-Key': 'monday' }),
      await ask(body, { 'Idempotency-Key': 'monday' }),
      await ask(body, { 'Idempotency-Key': 'monday' }, BOB),
    ].map((answer) => jobsOf(answer.body).map(({ id }) => id));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('call the webhook, signed, until it says yes', { timeout: 180_000 }, async () => {
    const { ask } = callerOf(served);
    answers = [500];
    const { body } = await ask({ urls: [`${outside}/recording.wav`], webhook: `${outside}/hook` });
    const [{ id }] = jobsOf(body);
    await vi.waitUntil(() => calls.length === 2, { timeout: 100_000, interval: 100 });
    const [first, second] = calls;
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    const verified = new Webhook(SECRET).verify(second.body, second.headers as Record<string, string>);
    expect(verified).toMatchObject({ type: 'transcription.done', data: { id, status: 'done', attempts: 1 } });
    // The same by hand.
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
    const signed = `${second.headers['webhook-id']}.${second.headers['webhook-timestamp']}.${second.body}`;
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(second.headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(() => new Webhook(SECRET).verify(`${second.body} `, second.headers as Record<string, string>)).toThrow();
  });

  it('call the webhook of what is set aside too', async () => {
    const { ask } = callerOf(served);
    await ask({ urls: [`${outside}/nothing`], webhook: `${outside}/hook` });
    await vi.waitUntil(() => calls.length === 1, { timeout: 60_000, interval: 50 });
    expect(JSON.parse(calls[0].body)).toMatchObject({
      type: 'transcription.failed',
      data: { status: 'failed', error: { code: 'AUR_JOB_REFUSED' } },
    });
  });

  it.each<[string, object, string]>([
    ['no list of addresses', { url: 'https://example.com' }, 'AUR_JOB_REQUEST'],
    ['an address of a file', { urls: ['file:///etc/passwd'] }, 'AUR_JOB_URL'],
    ['an address with a password', { urls: ['https://me:secret@example.com/'] }, 'AUR_JOB_URL'],
    ['a key of S3', { urls: ['s3://bucket/key'] }, 'AUR_JOB_URL'],
    ['a webhook that is none', { urls: ['https://example.com/'], webhook: 'me' }, 'AUR_JOB_URL'],
    ['too many texts', { urls: ['https://example.com/'], alternatives: 101 }, 'AUR_JOB_REQUEST'],
  ])('refuse %s', async (_, body, expected) => {
    const answer = await callerOf(served).ask(body);
    expect([answer.status, code(answer.body)]).toEqual([400, expected]);
  });

  it('refuse other methods, other bodies, ids that are none, and callers without a key', async () => {
    const { call } = callerOf(served);
    const put = await call('', { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await call('/x', { method: 'POST' })).headers.get('allow')).toBe('GET, DELETE');
    expect((await call('', { method: 'POST', body: 'hello' })).status).toBe(400);
    expect((await call('/..%2f..%2fetc')).status).toBe(404);
    const anyone = await fetch(`${served.server.url}/v1/jobs`, { method: 'POST' });
    expect([anyone.status, code(await anyone.json())]).toEqual([401, 'AUR_ACCESS_MISSING']);
  });
});

describe('addresses', () => {
  it('lead to no private network unless that is allowed', async () => {
    const served = await serve({ privateAddresses: false });
    const { port } = elsewhere.address() as AddressInfo;
    const hidden = [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, '169.254.169.254', `0x7f.1:${port}`];
    for (const host of hidden)
      expect(await callerOf(served).one({ urls: [`http://${host}/recording.wav`] })).toMatchObject({
        status: 'failed',
        error: { code: 'AUR_JOB_URL', message: expect.stringContaining('private network') },
      });
    await stop(served);
  });

  it('lead to the hosts that are listed', async () => {
    const served = await serve({ hosts: ['127.0.0.1', '*.example.com'] });
    const { ask, one } = callerOf(served);
    expect(await one({ urls: [`${outside}/recording.wav`] })).toMatchObject({ status: 'done' });
    for (const host of ['example.com', 'example.com.evil.org', 'evilexample.com']) {
      const answer = await ask({ urls: [`https://${host}/`] });
      expect([answer.status, code(answer.body)]).toEqual([400, 'AUR_JOB_URL']);
    }
    await stop(served);
  });
});

describe('a service', () => {
  it('without a secret calls no webhooks, and one whose queue is full takes no more', async () => {
    const served = await serve({ webhookSecret: undefined, parallel: 0, mostWaiting: 2 });
    const { ask } = callerOf(served);
    const hooked = await ask({ urls: ['https://example.com/a'], webhook: `${outside}/hook` });
    expect([hooked.status, code(hooked.body)]).toEqual([400, 'AUR_JOB_WEBHOOK']);
    expect((await ask({ urls: ['https://example.com/a', 'https://example.com/b'] })).status).toBe(202);
    const full = await ask({ urls: ['https://example.com/c'] });
    expect([full.status, code(full.body), full.headers.get('retry-after')]).toEqual([503, 'AUR_JOB_FULL', '5']);
    await stop(served);
  });

  it('with a secret that is too short does not begin', async () => {
    await expect(serve({ webhookSecret: 'whsec_c2hvcnQ=' })).rejects.toMatchObject({ code: 'AUR_JOB_WEBHOOK' });
  });
});
