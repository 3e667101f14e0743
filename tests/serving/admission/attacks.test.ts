/** The attack table of docs/reference/security.md: each attack on a real server, each refused, and the server well after it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEngine,
  type Engine,
  hashKey,
  NATIVE_PATH,
  newKey,
  type RunningServer,
  startServer,
  writeKeyFile,
} from '@auricle/serving';
import { boundedSocketClass } from '@auricle/serving/admission/bounded-socket';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { burstsOfSound, writeTinyBundle } from '../fixtures/tiny-model.js';

const KEY = newKey();
const EXPIRED = newKey();
const LIMITED = newKey();
const START = JSON.stringify({ type: 'start', sampleRate: 16_000 });

let dir: string;
let engine: Engine;
let server: RunningServer;
const logged: string[] = [];
const log: Logger = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'auricle-attacks-'));
  engine = await createEngine({ bundle: await writeTinyBundle(dir) });
  const created = '2026-01-01T00:00:00.000Z';
  const common = { created, limits: {}, archive: 'nothing' as const };
  await writeKeyFile(join(dir, 'keys.json'), [
    { name: 'app', sha256: hashKey(KEY), ...common },
    { name: 'old', sha256: hashKey(EXPIRED), ...common, expires: '2026-01-02T00:00:00.000Z' },
    { name: 'small', sha256: hashKey(LIMITED), ...common, limits: { streams: 1 } },
  ]);
  server = await startServer({
    engine,
    port: 0,
    log,
    maxMessageBytes: 100_000,
    headSeconds: 0.4,
    access: { keyFile: join(dir, 'keys.json'), origins: ['https://app.example'] },
    limits: { idleSeconds: 1, connections: 40, unreadBytes: 200_000, streamSeconds: 100 },
  });
});
afterAll(async () => {
  await server.close();
  await engine.close();
  await rm(dir, { recursive: true });
});

const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const wsUrl = (query = '') => server.url.replace('http', 'ws') + NATIVE_PATH + query;

/** The answer to a handshake: 101, or the status and text of a refusal. */
async function handshake(
  headers: Record<string, string>,
  query = '',
): Promise<{ status: number; body: string; socket: WebSocket }> {
  const socket = new WebSocket(wsUrl(query), { headers });
  socket.on('error', () => undefined);
  const opened = once(socket, 'open').then(() => ({ status: 101, body: '', socket }));
  const refused = once(socket, 'unexpected-response').then(async ([, response]: unknown[]) => {
    let body = '';
    for await (const part of response as IncomingMessage) body += part;
    return { status: (response as IncomingMessage).statusCode!, body, socket };
  });
  return Promise.race([opened, refused]);
}

async function mintToken(): Promise<string> {
  const response = await fetch(`${server.url}/v1/tokens`, { method: 'POST', headers: bearer(KEY) });
  return ((await response.json()) as { token: string }).token;
}

async function expectWell(): Promise<void> {
  const { status, socket } = await handshake(bearer(KEY));
  expect(status).toBe(101);
  socket.send(START);
  socket.send(Buffer.alloc(3200));
  socket.send('{"type":"end"}');
  expect(await once(socket, 'close')).toMatchObject([1000, expect.anything()]);
}

/** Opens a socket by hand and upgrades it. */
async function rawUpgrade(more: string[] = []): Promise<{ tcp: Socket; answer: string }> {
  const tcp = connectTcp(server.port, '127.0.0.1');
  tcp.on('error', () => undefined);
  await once(tcp, 'connect');
  const lines = [
    `GET ${NATIVE_PATH} HTTP/1.1`,
    'Host: x',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
    `Authorization: Bearer ${KEY}`,
    ...more,
  ];
  tcp.write(`${lines.join('\r\n')}\r\n\r\n`);
  const [answer] = (await once(tcp, 'data')) as [Buffer];
  return { tcp, answer: answer.toString('latin1') };
}

/** Sends lines as they are and returns all that comes back until the server closes. */
async function raw(text: string): Promise<string> {
  const tcp = connectTcp(server.port, '127.0.0.1');
  tcp.on('error', () => undefined);
  let answer = '';
  tcp.on('data', (bytes) => {
    answer += bytes.toString('latin1');
  });
  await once(tcp, 'connect');
  tcp.write(text, 'latin1');
  await once(tcp, 'close');
  return answer;
}

describe('whoever has no right to the service', () => {
  it.each([
    ['no key', {}, 401, 'AUR_ACCESS_MISSING'],
    ['a wrong key', bearer(newKey()), 401, 'AUR_ACCESS_KEY'],
    ['an expired key', bearer(EXPIRED), 401, 'AUR_ACCESS_EXPIRED'],
    ['a key in another scheme', { Authorization: `Basic ${KEY}` }, 401, 'AUR_ACCESS_KEY'],
    ['the hash of a key', bearer(hashKey(KEY)), 401, 'AUR_ACCESS_KEY'],
    ['a wrong origin', { ...bearer(KEY), Origin: 'https://evil.example' }, 403, 'AUR_ACCESS_ORIGIN'],
    ['a forged token', bearer('eyJhbGciOiJub25lIn0.eyJzdWIiOiJhcHAifQ.AA'), 401, 'AUR_ACCESS_TOKEN'],
  ] as [string, Record<string, string>, number, string][])('with %s is refused', async (_, headers, status, code) => {
    const refused = await handshake(headers);
    expect(refused).toMatchObject({ status });
    expect(refused.body).toMatch(new RegExp(`^${code}: `));
  });

  it('with a key in the address is refused, and the key is in no log', async () => {
    expect((await handshake({}, `?token=${KEY}`)).status).toBe(401);
    expect(logged.join('')).not.toContain(KEY);
  });

  it('gets neither tokens, nor usage, nor metrics, nor through with a token where a key is due', async () => {
    for (const [method, path] of [
      ['POST', '/v1/tokens'],
      ['GET', '/v1/usage'],
      ['GET', '/metrics'],
    ]) {
      expect((await fetch(server.url + path, { method })).status).toBe(401);
      expect((await fetch(server.url + path, { method, headers: bearer(await mintToken()) })).status).toBe(403);
      expect((await fetch(server.url + path, { method, headers: bearer(KEY) })).status).toBe(200);
    }
  });

  it('with a token that was used is refused: it opens one stream', async () => {
    const token = await mintToken();
    const first = await handshake({ Origin: 'https://app.example' }, `?token=${token}`);
    expect(first.status).toBe(101);
    first.socket.terminate();
    expect(await handshake({}, `?token=${token}`)).toMatchObject({
      status: 401,
      body: expect.stringContaining('AUR_ACCESS_SPENT'),
    });
  });

  it('with a key that was used up is told to wait', async () => {
    const first = await handshake(bearer(LIMITED));
    expect(await handshake(bearer(LIMITED))).toMatchObject({
      status: 429,
      body: expect.stringContaining('AUR_LIMIT_KEY_STREAMS'),
    });
    first.socket.terminate();
    await vi.waitFor(async () => {
      const again = await handshake(bearer(LIMITED));
      again.socket.terminate();
      expect(again.status).toBe(101);
    });
  });
});

describe('whoever sends too much', () => {
  it('as a frame that announces 2 GB is closed with 1009, before it is read', async () => {
    const { tcp } = await rawUpgrade();
    const frame = Buffer.alloc(14);
    frame.writeUInt8(0x82, 0);
    frame.writeUInt8(0x80 | 127, 1);
    frame.writeBigUInt64BE(2n ** 31n, 2);
    tcp.write(frame);
    const [answer] = (await once(tcp, 'data')) as [Buffer];
    expect([answer[0], answer.readUInt16BE(2)]).toEqual([0x88, 1009]);
    tcp.destroy();
    await expectWell();
  });

  it('as a compression bomb finds that nothing is unpacked: the extension is not agreed to, and compressed frames are closed with 1002', async () => {
    const { tcp, answer } = await rawUpgrade(['Sec-WebSocket-Extensions: permessage-deflate']);
    expect(answer).toContain('101');
    expect(answer.toLowerCase()).not.toContain('permessage-deflate');
    // RSV1 set: a compressed binary frame of 4 bytes.
    tcp.write(Buffer.from([0xc2, 0x84, 0, 0, 0, 0, 1, 2, 3, 4]));
    const [frame] = (await once(tcp, 'data')) as [Buffer];
    expect([frame[0], frame.readUInt16BE(2)]).toEqual([0x88, 1002]);
    tcp.destroy();
  });

  it('as JSON that is nested 40,000 deep is told so', async () => {
    const { socket } = await handshake(bearer(KEY));
    const told = once(socket, 'message');
    socket.send(`{"type":"start","sampleRate":${'['.repeat(40_000)}`);
    expect(JSON.parse(String((await told)[0]))).toMatchObject({ code: 'AUR_PROTOCOL_DEPTH' });
    expect((await once(socket, 'close'))[0]).toBe(1007);
    await expectWell();
  });

  it('as headers beyond 16 KiB gets 431', async () => {
    expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
  });

  it('as a head that goes on long after its answer can still read it: the line is not reset', async () => {
    const tcp = connectTcp(server.port, '127.0.0.1');
    const failures: Error[] = [];
    let answer = '';
    tcp.on('error', (error) => failures.push(error));
    tcp.on('data', (bytes) => {
      answer += bytes.toString('latin1');
    });
    await once(tcp, 'connect');
    tcp.end(`POST /${'a'.repeat(8_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(tcp, 'close');
    expect(failures).toEqual([]);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
  });

  it('as one stream that never ends is cut at its length', async () => {
    const { socket } = await handshake(bearer(KEY));
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    socket.send(START);
    for (let i = 0; i < 40; i++) socket.send(Buffer.alloc(96_000));
    expect((await once(socket, 'close'))[0]).toBe(1008);
    expect(messages.at(-1)).toContain('AUR_LIMIT_LENGTH');
  });
});

describe('whoever only takes up room', () => {
  it('with connections that say nothing loses them, and is refused past the limit meanwhile', async () => {
    const idle = await Promise.all(Array.from({ length: 40 }, () => handshake(bearer(KEY))));
    expect(idle.every(({ status }) => status === 101)).toBe(true);
    const closed = Promise.all(idle.map(({ socket }) => once(socket, 'close')));
    expect(await handshake(bearer(KEY))).toMatchObject({
      status: 503,
      body: expect.stringContaining('AUR_LIMIT_CONNECTIONS'),
    });
    for (const [code] of await closed) expect(code).toBe(1008);
    await expectWell();
  });

  it('with requests whose head never ends (slowloris) is cut off with 408', async () => {
    expect(await raw('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toMatch(/^HTTP\/1.1 408 /);
    await expectWell();
  });

  it('with sockets that say nothing at all finds them bounded in number', async () => {
    const sockets = Array.from({ length: 200 }, () => connectTcp(server.port, '127.0.0.1'));
    const closed = sockets.map((socket) => {
      socket.on('error', () => undefined);
      return once(socket, 'close');
    });
    // 80 may be open (twice the limit); the kernel takes the others, the server drops them.
    await Promise.all(closed.slice(100));
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
    await vi.waitFor(expectWell);
  });

  it('with changes of hotwords, for each of which an automaton is built, is closed past a few', async () => {
    const { socket } = await handshake(bearer(KEY));
    const messages: string[] = [];
    socket.on('message', (data) => messages.push(String(data)));
    socket.send(JSON.stringify({ type: 'start', sampleRate: 16_000, hotwords: [] }));
    for (let i = 0; i < 40; i++)
      socket.send(JSON.stringify({ type: 'hotwords', hotwords: [{ phrase: 'a', boost: 1 }] }));
    expect((await once(socket, 'close'))[0]).toBe(1008);
    expect(messages.at(-1)).toContain('AUR_LIMIT_RATE');
  });

  it('with results that it does not read is cut off', async () => {
    let cut = 0;
    const wss = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      WebSocket: boundedSocketClass(200_000, () => {
        cut++;
      }),
    });
    await once(wss, 'listening');
    const client = new WebSocket(`ws://127.0.0.1:${(wss.address() as AddressInfo).port}`);
    const [[connection]] = (await Promise.all([once(wss, 'connection'), once(client, 'open')])) as [[WebSocket], []];
    client.pause();
    const gone = once(connection, 'close');
    const message = Buffer.alloc(64_000);
    // What the kernel takes, a few MB, and what may wait here, is all that is ever sent.
    let sent = 0;
    for (; sent < 1000 && connection.readyState === WebSocket.OPEN; sent++) {
      connection.send(message);
      await new Promise(setImmediate);
    }
    await gone;
    expect(cut).toBe(1);
    expect(sent).toBeLessThan(1000);
    client.terminate();
    wss.close();
  });
});

describe('whoever sends what is no request', () => {
  it.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/....//package.json',
    '/app.js/../../package.json',
    '//etc/passwd',
    '/%00',
    '/\\..\\package.json',
    '/%',
  ])('for a file outside the page, as %s, gets none', async (path) => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect(answer).not.toMatch(/"name"|root:/);
  });

  it('cannot put headers into answers', async () => {
    for (const path of ['/%0d%0aSet-Cookie:%20a=b', `${NATIVE_PATH}?token=%0d%0aSet-Cookie:%20a=b`])
      for (const upgrade of [
        '',
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n',
      ]) {
        const connection = upgrade ? 'Upgrade' : 'close';
        const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n${upgrade}\r\n`);
        expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
        expect(answer).not.toMatch(/^set-cookie/im);
      }
    const origin = await raw(
      `GET ${NATIVE_PATH} HTTP/1.1\r\nHost: x\r\nOrigin: http://e\u0000\rX-Evil: 1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
    expect(origin).toMatch(/^HTTP\/1.1 400 /);
    expect(origin).not.toMatch(/^x-evil/im);
  });

  it('with two lengths, or a length and chunks, gets 400: no request is smuggled', async () => {
    for (const heads of ['Content-Length: 5\r\nContent-Length: 6', 'Content-Length: 5\r\nTransfer-Encoding: chunked'])
      expect(await raw(`POST /v1/tokens HTTP/1.1\r\nHost: x\r\n${heads}\r\n\r\nhello`)).toMatch(/^HTTP\/1.1 400 /);
  });

  it('from an address that asks too often is told to wait', async () => {
    const strict = await startServer({ engine, port: 0, log, limits: { handshakes: { perSecond: 0.01, burst: 3 } } });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) {
      const socket = new WebSocket(strict.url.replace('http', 'ws') + NATIVE_PATH);
      socket.on('error', () => undefined);
      statuses.push(
        await Promise.race([
          once(socket, 'open').then(() => 101),
          once(socket, 'unexpected-response').then(([, response]) => response.statusCode as number),
        ]),
      );
      socket.terminate();
    }
    expect(statuses).toEqual([101, 101, 101, 429, 429]);
    await strict.close();
  });
});

it('answers with a request’s trace in its log', async () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const { socket } = await handshake({ ...bearer(KEY), traceparent: `00-${trace}-00f067aa0ba902b7-01` });
  socket.send(START);
  socket.send(Buffer.from(Float32Array.from(burstsOfSound(3, 16_000, 1)).buffer).subarray(0, 32_000));
  socket.send('{"type":"end"}');
  await once(socket, 'close');
  const lines = logged.map((line) => JSON.parse(line)).filter((line) => line.trace_id === trace);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.every((line) => line.key === 'app' && line.parent_span_id === '00f067aa0ba902b7')).toBe(true);
});
