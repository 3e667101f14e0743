/** What Deepgram's SDKs are told when a request cannot be served: their own exceptions, with Deepgram's forms and close codes. */
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { startServer } from '@auricle/serving';
import { deepgramProtocol } from '@auricle/serving/protocols/deepgram/index';
import { DeepgramClient, DeepgramError } from '@deepgram/sdk';
import { createClient, LiveTranscriptionEvents } from 'deepgram-sdk-3';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { RATE } from '../recordings.js';
import { type Service, startService } from '../service.js';

let service: Service;
beforeAll(async () => {
  service = await startService({
    recordings: 1,
    engine: { maxStreams: 2 },
    server: { maxMessageBytes: 100_000, maxUploadBytes: 1_000_000 },
  });
});
afterAll(() => service.close());

const CLOSE = '{"type":"CloseStream"}';
const RAW = `encoding=linear16&sample_rate=${RATE}`;
const open = (query: string) => new WebSocket(`${service.socketUrl}/v1/listen?${query}`);

async function closeOf(
  query: string,
  messages: (string | Buffer)[],
): Promise<{ code: number; reason: string; errors: string[] }> {
  const socket = open(query);
  const errors: string[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as { type: string; variant: string };
    if (message.type === 'Error') errors.push(message.variant);
  });
  await once(socket, 'open');
  for (const message of messages) socket.send(message);
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  return { code, reason: reason.toString(), errors };
}

async function refusalOf(
  query: string,
): Promise<{ status: number; body: { err_code: string; err_msg: string; request_id: string }; header: string }> {
  const socket = open(query);
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let body = '';
  for await (const piece of response) body += piece;
  const { 'dg-error': header, 'dg-request-id': id } = response.headers;
  expect(JSON.parse(body).request_id).toBe(id);
  return { status: response.statusCode!, body: JSON.parse(body), header: String(header) };
}

describe('the handshake', () => {
  const cases: [string, string, string][] = [
    ['an unknown parameter', 'colour=red', 'colour'],
    ['an encoding that is not decoded', 'encoding=amr-nb', 'encoding'],
    ['samples without a rate', 'encoding=linear16', 'sample_rate'],
    ['a rate that is none', 'encoding=linear16&sample_rate=fast', 'sample_rate'],
    ['a rate of 1 Hz', 'encoding=mulaw&sample_rate=1', 'sample_rate'],
    ['no channels', `${RAW}&channels=0`, 'channels'],
    ['a flag that is none', `${RAW}&interim_results=maybe`, 'interim_results'],
    ['a gap without interim results', `${RAW}&utterance_end_ms=1000`, 'utterance_end_ms'],
    ['a gap that is too short', `${RAW}&interim_results=true&utterance_end_ms=10`, 'utterance_end_ms'],
    ['a boost that is none', `${RAW}&keywords=one:much`, 'keywords'],
    ['more phrases than there may be', `${RAW}${'&keyterm=a'.repeat(1001)}`, 'hotwords'],
    ['what is left out elsewhere and would not be here', `${RAW}&redact=pci`, 'redact'],
    ['results at another address', `${RAW}&callback=http://example.org`, 'callback'],
  ];
  it.each(cases)('refuses %s with 400, in body and header', async (_, query, named) => {
    const { status, body, header } = await refusalOf(query);
    expect(status).toBe(400);
    expect(body.err_code).toBe('INVALID_QUERY_PARAMETER');
    expect(body.err_msg).toContain(named);
    expect(header).toContain(named);
  });

  it('refuses with 429 where all streams are taken', async () => {
    const taken: WebSocket[] = [];
    while (taken.length < 2) {
      const socket = open(RAW);
      taken.push(socket);
      await once(socket, 'open');
    }
    expect(await refusalOf(RAW)).toMatchObject({ status: 429, body: { err_code: 'TOO_MANY_REQUESTS' } });
    const client = new DeepgramClient({ apiKey: 'key', baseUrl: service.server.url });
    const request = client.listen.v1.media.transcribeFile(
      service.recordings[0].wav,
      { model: 'nova-3' },
      { maxRetries: 0 },
    );
    await expect(request).rejects.toMatchObject({ statusCode: 429, body: { err_code: 'TOO_MANY_REQUESTS' } });
    for (const socket of taken) {
      socket.close();
      await once(socket, 'close');
    }
  });

  it('is an error event of @deepgram/sdk, which does not connect', async () => {
    const client = new DeepgramClient({ apiKey: 'key', baseUrl: service.socketUrl });
    const query = { model: 'nova-3', encoding: 'linear16', sample_rate: 'fast', reconnectAttempts: 0 };
    const connection = await client.listen.v1.connect(query as never);
    const failed = new Promise<Error>((resolve) => {
      connection.on('error', resolve);
    });
    connection.connect();
    await expect(connection.waitForOpen()).rejects.toBeDefined();
    expect((await failed).message).toContain('400');
  });

  it('is an error event of @deepgram/sdk 3', async () => {
    const client = createClient('key', { global: { websocket: { options: { url: service.socketUrl } } } });
    const live = client.listen.live({ model: 'nova-3', encoding: 'linear16', sample_rate: 1 });
    const error = await new Promise<{ message: string }>((resolve) => live.on(LiveTranscriptionEvents.Error, resolve));
    expect(error.message).toContain('400');
  });
});

describe('a connection', () => {
  const noise = Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * i * 31) % 251));
  const cases: [string, string, (string | Buffer)[], number, string][] = [
    ['audio in no known container', '', [noise, CLOSE], 1008, 'DATA-0000'],
    ['audio that ends within a container', 'encoding=flac', [Buffer.from('fLaC'), CLOSE], 1008, 'DATA-0000'],
    [
      'Opus packets that are none',
      `encoding=opus&sample_rate=${RATE}`,
      [Buffer.from([0xff, 0xff, 0xff])],
      1008,
      'DATA-0000',
    ],
    [
      'floats that are no numbers',
      `encoding=linear32&sample_rate=${RATE}`,
      [Buffer.from(new Float32Array([Number.NaN]).buffer)],
      1008,
      'DATA-0000',
    ],
    ['a message larger than the server takes', RAW, [Buffer.alloc(200_000)], 1008, 'AUR_PROTOCOL'],
  ];
  it.each(cases)('closes for %s', async (_, query, messages, code, reason) => {
    const close = await closeOf(query, messages);
    expect(close.code).toBe(code);
    expect(close.reason).toContain(reason.replace('AUR_PROTOCOL', 'DATA-0000'));
  });

  it.each([['hello'], ['{"type":"Start"}'], ['{"type":7}'], ['[]']])(
    'tells that it cannot use the text %s, then closes',
    async (text) => {
      expect(await closeOf(RAW, [text])).toMatchObject({ code: 1008, errors: ['UnparsableClientMessage'] });
    },
  );

  it('ends by an empty message, as older clients do', async () => {
    expect(await closeOf(RAW, [Buffer.alloc(3200), Buffer.alloc(0)])).toMatchObject({ code: 1000 });
  });

  it('tells @deepgram/sdk the close code and the reason', async () => {
    const client = new DeepgramClient({ apiKey: 'key', baseUrl: service.socketUrl });
    const connection = await client.listen.v1.connect({ model: 'nova-3', reconnectAttempts: 0 } as never);
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      connection.on('close', (event) => resolve(event as never));
    });
    connection.connect();
    await connection.waitForOpen();
    connection.sendMedia(noise as never);
    connection.sendCloseStream({ type: 'CloseStream' });
    expect(await closed).toMatchObject({ code: 1008, reason: expect.stringContaining('DATA-0000') });
  });
});

describe('the prerecorded endpoint', () => {
  const post = (query: string, body: BodyInit, headers: Record<string, string> = {}) =>
    fetch(`${service.server.url}/v1/listen?${query}`, { method: 'POST', body, headers });

  it('is a BadRequestError of @deepgram/sdk for audio that it cannot decode', async () => {
    const client = new DeepgramClient({ apiKey: 'key', baseUrl: service.server.url });
    const error = await client.listen.v1.media
      .transcribeFile(Buffer.from('no audio at all, whatever one makes of it'), { model: 'nova-3' })
      .catch((e) => e);
    expect(error).toBeInstanceOf(DeepgramError);
    expect(error).toMatchObject({
      statusCode: 400,
      body: { err_code: 'Bad Request', err_msg: expect.stringContaining('format') },
    });
  });

  it('is a DeepgramApiError of @deepgram/sdk 3', async () => {
    const client = createClient('key', { global: { fetch: { options: { url: service.server.url } } } });
    const { result, error } = await client.listen.prerecorded.transcribeFile(Buffer.from('no audio'), {
      model: 'nova-3',
    });
    expect(result).toBeNull();
    expect(error).toMatchObject({
      name: 'DeepgramApiError',
      status: 400,
      message: expect.stringContaining('Bad Request'),
    });
  });

  it('does not fetch recordings from elsewhere', async () => {
    const client = new DeepgramClient({ apiKey: 'key', baseUrl: service.server.url });
    const request = client.listen.v1.media.transcribeUrl({ url: 'http://example.org/a.wav', model: 'nova-3' });
    await expect(request).rejects.toMatchObject({ statusCode: 400 });
  });

  it('answers 413 for a recording that is too large, with or without its length beforehand', async () => {
    const large = Buffer.alloc(1_200_000);
    expect((await post(RAW, large)).status).toBe(413);
    const pieces = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(50_000));
      },
    });
    const response = await fetch(`${service.server.url}/v1/listen?${RAW}`, {
      method: 'POST',
      body: pieces,
      duplex: 'half',
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  it('answers 400 for no audio, and for unknown and unfit parameters', async () => {
    for (const query of ['', RAW, 'encoding=opus', 'encoding=mulaw', 'colour=red', 'callback=http://example.org']) {
      const response = await post(query, Buffer.alloc(0));
      expect(response.status).toBe(400);
      expect(response.headers.get('dg-request-id')).toMatch(/-/);
    }
  });

  it('answers 405 for another method', async () => {
    const response = await fetch(`${service.server.url}/v1/listen`, { method: 'PUT', body: 'x' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('silence on the connection', () => {
  it('closes it with 1011 and NET-0001', async () => {
    const log = pino({ level: 'silent' });
    const server = await startServer({ engine: service.engine, port: 0, log, idleMs: 200 });
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/listen?${RAW}`);
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([1011, expect.stringContaining('NET-0001')]);
    await server.close();
  });

  it('is none while KeepAlive messages come', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const socket = Object.assign(new EventEmitter(), { resume: vi.fn(), close: vi.fn(), isPaused: false });
    const session = deepgramProtocol.open({
      engine: service.engine,
      log: pino({ level: 'silent' }),
      limits: { maxMessageBytes: 1000, maxPendingBytes: 1000, maxUploadBytes: 1000, idleMs: 10_000 },
      socket: socket as unknown as WebSocket,
      request: {} as IncomingMessage,
      url: new URL(`http://service/v1/listen?${RAW}`),
    });
    for (let i = 0; i < 5; i++) {
      vi.advanceTimersByTime(9000);
      socket.emit('message', Buffer.from('{"type":"KeepAlive"}'), false);
    }
    expect(socket.close).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10_000);
    expect(socket.close).toHaveBeenCalledWith(1011, expect.stringContaining('NET-0001'));
    vi.useRealTimers();
    session.fail(new Error('over'));
  });
});
