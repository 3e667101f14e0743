/** Real clients on a real server: what the native protocol says, and what becomes of clients that break it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ServerMessage } from '@auricle/client';
import {
  createEngine,
  type Engine,
  NATIVE_PATH,
  type RunningServer,
  startServer,
  transcribeSamples,
} from '@auricle/serving';
import { type Logger, pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { burstsOfSound, writeTinyBundle } from './fixtures/tiny-model.js';

let dir: string;
let engine: Engine;
let server: RunningServer;
const logged: string[] = [];
const log: Logger = pino({ level: 'debug' }, { write: (line: string) => logged.push(line) });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'auricle-server-'));
  engine = await createEngine({ bundle: await writeTinyBundle(dir) });
  server = await startServer({ engine, port: 0, log, maxMessageBytes: 100_000, maxPendingBytes: 64_000 });
});
afterAll(async () => {
  await server.close();
  await engine.close();
  await rm(dir, { recursive: true });
});

const RATE = 16_000;
const toS16 = (samples: Float32Array) => {
  const bytes = Buffer.alloc(2 * samples.length);
  samples.forEach((x, i) => {
    bytes.writeInt16LE(Math.round(x * 32_767), 2 * i);
  });
  return bytes;
};
const fromS16 = (bytes: Buffer) =>
  Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i) / 32_768);
const AUDIO = toS16(burstsOfSound(3, RATE, 2));
const START = JSON.stringify({ type: 'start', sampleRate: RATE });
const END = JSON.stringify({ type: 'end' });

/** Opens a bare connection, sends the messages and waits for the end of it.
 *  @param messages a string goes as text, a Buffer as binary */
async function converse(messages: (string | Buffer)[]): Promise<{ received: ServerMessage[]; closeCode: number }> {
  const socket = new WebSocket(server.url.replace('http', 'ws') + NATIVE_PATH);
  const received: ServerMessage[] = [];
  socket.on('message', (data) => received.push(JSON.parse(data.toString())));
  await once(socket, 'open');
  for (const message of messages) socket.send(message);
  const [closeCode] = (await once(socket, 'close')) as [number];
  return { received, closeCode };
}

async function transcribeOverSocket(audio: Buffer, packet: number): Promise<ServerMessage[]> {
  const client = await connect(server.url, { sampleRate: RATE });
  for (let at = 0; at < audio.length; at += packet) await client.send(audio.subarray(at, at + packet));
  client.end();
  const messages: ServerMessage[] = [];
  for await (const message of client.results) messages.push(message);
  return messages;
}

const textOf = (messages: ServerMessage[]) =>
  messages
    .filter((m) => m.type === 'final')
    .map((m) => m.text)
    .join(' ');

const expectedText = async () => (await transcribeSamples(engine, { samples: fromS16(AUDIO), sampleRate: RATE })).text;

/** The server is well when a stream opened now says what it should. */
async function expectOthersGoOn(): Promise<void> {
  expect(textOf(await transcribeOverSocket(AUDIO, 640))).toBe(await expectedText());
}

describe('a well-behaved stream', () => {
  it('gets ready, growing partials, finals with words, done, and a close with 1000', async () => {
    const packets: Buffer[] = [];
    for (let at = 0; at < AUDIO.length; at += 640) packets.push(AUDIO.subarray(at, at + 640));
    const { received, closeCode } = await converse([START, ...packets, END]);
    expect(closeCode).toBe(1000);
    expect(received[0]).toEqual({ type: 'ready', model: { name: 'tiny', language: 'en' }, chunkSeconds: 0.32 });
    expect(received.at(-1)).toEqual({
      type: 'done',
      audioSeconds: AUDIO.length / 2 / RATE,
      segments: received.filter((m) => m.type === 'final').length,
    });
    expect(received.some((m) => m.type === 'partial')).toBe(true);
    const finals = received.filter((m) => m.type === 'final');
    expect(finals.length).toBeGreaterThan(0);
    for (const final of finals) {
      expect(final.words.map((w) => w.word).join(' ')).toBe(final.text);
      expect(final.confidence).toBeGreaterThan(0);
      expect(final.end).toBeGreaterThan(final.start);
    }
    expect(textOf(received)).toBe(await expectedText());
  });

  it('gets no partials when it does not want them', async () => {
    const { received } = await converse([
      JSON.stringify({ type: 'start', sampleRate: RATE, partials: false }),
      AUDIO,
      END,
    ]);
    expect(received.map((m) => m.type)).not.toContain('partial');
    expect(textOf(received)).toBe(await expectedText());
  });

  it('has what was said so far as finals when it asks for it, and goes on', async () => {
    const half = AUDIO.length / 2 - ((AUDIO.length / 2) % 2);
    const finalize = JSON.stringify({ type: 'finalize' });
    const { received } = await converse([
      START,
      AUDIO.subarray(0, half),
      finalize,
      AUDIO.subarray(half),
      finalize,
      END,
    ]);
    const places = received.flatMap(({ type }, i) => (type === 'finalized' ? [i] : []));
    expect(places.length).toBe(2);
    const parts = [AUDIO.subarray(0, half), AUDIO.subarray(half)];
    for (const [i, part] of parts.entries()) {
      const { text } = await transcribeSamples(engine, { samples: fromS16(part), sampleRate: RATE });
      expect(textOf(received.slice(i === 0 ? 0 : places[0], places[i]))).toBe(text);
    }
    expect(received.at(-1)?.type).toBe('done');
  });

  it('may send 32-bit floats', async () => {
    // What fits in a message of this server.
    const floats = fromS16(AUDIO).subarray(0, 24_000);
    const start = JSON.stringify({ type: 'start', sampleRate: RATE, encoding: 'f32le' });
    const { received } = await converse([start, Buffer.from(floats.slice().buffer), END]);
    expect(textOf(received)).toBe((await transcribeSamples(engine, { samples: floats, sampleRate: RATE })).text);
  });

  it('ends with no segments when it had no audio', async () => {
    const { received, closeCode } = await converse([START, END]);
    expect(received.slice(1)).toEqual([{ type: 'done', audioSeconds: 0, segments: 0 }]);
    expect(closeCode).toBe(1000);
  });

  it('is heard to its end by a sender that never waits, although little may be pending', async () => {
    const audio = Buffer.concat(Array.from({ length: 12 }, () => AUDIO));
    const packets: Buffer[] = [];
    for (let at = 0; at < audio.length; at += 50_000) packets.push(audio.subarray(at, at + 50_000));
    const { received } = await converse([START, ...packets, END]);
    expect(received.at(-1)).toMatchObject({ type: 'done', audioSeconds: audio.length / 2 / RATE });
  });

  it('is one of many at a time, each with its own words', async () => {
    const recordings = Array.from({ length: 10 }, (_, i) => toS16(burstsOfSound(40 + i, RATE, 2)));
    const heard = await Promise.all(recordings.map((audio, i) => transcribeOverSocket(audio, 320 + 2 * i)));
    for (const [i, messages] of heard.entries())
      expect(textOf(messages)).toBe(
        (await transcribeSamples(engine, { samples: fromS16(recordings[i]), sampleRate: RATE })).text,
      );
  });
});

describe('a client that breaks the protocol', () => {
  const cases: [string, (string | Buffer)[], string, number, string][] = [
    ['sends text that is no JSON', ['hello'], 'AUR_PROTOCOL_NOT_JSON', 1007, '"hello"'],
    ['sends half a message', [START.slice(0, 20)], 'AUR_PROTOCOL_NOT_JSON', 1007, START.slice(1, 6)],
    ['sends JSON that is no message', ['[1, 2]'], 'AUR_PROTOCOL_MESSAGE', 1007, '[1,2]'],
    ['sends an unknown message', ['{"type":"begin"}'], 'AUR_PROTOCOL_MESSAGE', 1007, '"begin"'],
    [
      'sends an unknown key',
      ['{"type":"start","sampleRate":8000,"lang":"en"}'],
      'AUR_PROTOCOL_MESSAGE',
      1007,
      'lang: unknown key, seen "en"',
    ],
    ['names no rate', ['{"type":"start"}'], 'AUR_PROTOCOL_MESSAGE', 1007, 'sampleRate'],
    ['names a rate of 0', ['{"type":"start","sampleRate":0}'], 'AUR_PROTOCOL_MESSAGE', 1007, 'seen 0'],
    [
      'names a rate of 10^9',
      ['{"type":"start","sampleRate":1000000000}'],
      'AUR_PROTOCOL_MESSAGE',
      1007,
      'seen 1000000000',
    ],
    [
      'names a rate that is no whole number',
      ['{"type":"start","sampleRate":8000.5}'],
      'AUR_PROTOCOL_MESSAGE',
      1007,
      'seen 8000.5',
    ],
    [
      'names an unknown encoding',
      ['{"type":"start","sampleRate":8000,"encoding":"mp3"}'],
      'AUR_PROTOCOL_MESSAGE',
      1007,
      'seen "mp3"',
    ],
    ['sends audio before the start', [AUDIO.subarray(0, 640)], 'AUR_PROTOCOL_NO_START', 1003, '640 bytes'],
    ['ends before the start', [END], 'AUR_PROTOCOL_ORDER', 1008, 'expected start'],
    ['starts twice', [START, START], 'AUR_PROTOCOL_ORDER', 1008, 'expected audio, hotwords, finalize or end'],
    ['sends text where audio is due', [START, 'UklGRiQ='], 'AUR_PROTOCOL_TEXT', 1003, 'UklGRiQ='],
    [
      'sends an odd number of bytes of s16le',
      [START, AUDIO.subarray(0, 641)],
      'AUR_AUDIO_ODD_BYTES',
      1007,
      '641 bytes',
    ],
    [
      'sends floats that are no numbers',
      ['{"type":"start","sampleRate":8000,"encoding":"f32le"}', Buffer.from(Float32Array.of(0, Number.NaN).buffer)],
      'AUR_AUDIO_NOT_FINITE',
      1007,
      'NaN',
    ],
    [
      'goes on after the end',
      [START, AUDIO.subarray(0, 640), END, AUDIO.subarray(0, 640)],
      'AUR_PROTOCOL_AFTER_END',
      1008,
      '640 bytes',
    ],
    [
      'sends a message that is too large',
      [START, Buffer.alloc(100_002)],
      'AUR_PROTOCOL_TOO_LARGE',
      1009,
      '100002 bytes',
    ],
  ];
  for (const [name, messages, code, closeCode, seen] of cases)
    it(`${name}: ${code}, close ${closeCode}, while another stream goes on`, async () => {
      const other = await connect(server.url, { sampleRate: RATE });
      await other.send(AUDIO.subarray(0, 20_000));
      const conversation = await converse(messages);
      expect(conversation.received.at(-1)).toMatchObject({ type: 'error', code });
      expect((conversation.received.at(-1) as { message: string }).message).toContain(seen);
      expect(conversation.closeCode).toBe(closeCode);
      await other.send(AUDIO.subarray(20_000));
      other.end();
      const messagesOfOther: ServerMessage[] = [];
      for await (const message of other.results) messagesOfOther.push(message);
      expect(textOf(messagesOfOther)).toBe(await expectedText());
    });

  it('sends a message beyond all bounds: close 1009', async () => {
    expect((await converse([START, Buffer.alloc(500_000)])).closeCode).toBe(1009);
    await expectOthersGoOn();
  });

  it('leaves at once, in the midst of its audio, or right after its end message', async () => {
    for (const messages of [[], [START], [START, AUDIO], [START, AUDIO, END]]) {
      const socket = new WebSocket(server.url.replace('http', 'ws') + NATIVE_PATH);
      await once(socket, 'open');
      for (const message of messages) socket.send(message);
      socket.terminate();
      await once(socket, 'close');
    }
    await expectOthersGoOn();
  });

  it('is cut off in the midst of a frame', async () => {
    const tcp = connectTcp(server.port, '127.0.0.1');
    await once(tcp, 'connect');
    tcp.write(
      `GET ${NATIVE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    await once(tcp, 'data');
    // A masked text frame that announces 100 bytes and holds 3.
    tcp.write(Buffer.from([0x81, 0x80 | 100, 1, 2, 3, 4, 0x7a, 0x20, 0x76]));
    tcp.destroy();
    await once(tcp, 'close');
    await expectOthersGoOn();
  });

  it('sends a frame that breaks RFC 6455: close 1002', async () => {
    const tcp = connectTcp(server.port, '127.0.0.1');
    await once(tcp, 'connect');
    tcp.write(
      `GET ${NATIVE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    await once(tcp, 'data');
    tcp.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
    const [frame] = (await once(tcp, 'data')) as [Buffer];
    expect(frame[0]).toBe(0x88);
    expect(frame.readUInt16BE(2)).toBe(1002);
    tcp.destroy();
    await expectOthersGoOn();
  });

  it('leaves no stream behind', async () => {
    await expectOthersGoOn();
    expect(engine.openStreams).toBe(0);
  });
});

describe('the client', () => {
  it('throws the server’s coded error', async () => {
    await expect(connect(server.url, { sampleRate: 0 })).rejects.toMatchObject({ code: 'AUR_PROTOCOL_MESSAGE' });
  });

  it('throws AUR_CLIENT_CONNECTION where no server listens', async () => {
    await expect(connect('http://127.0.0.1:1', { sampleRate: RATE })).rejects.toMatchObject({
      code: 'AUR_CLIENT_CONNECTION',
    });
  });
});

describe('over HTTP', () => {
  it('serves the page and what it needs, under a policy that lets nothing in from elsewhere', async () => {
    const page = await fetch(server.url);
    expect(page.status).toBe(200);
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1]);
    expect(files.length).toBeGreaterThan(1);
    for (const file of [...files, 'audio-worklet.js']) {
      expect(file).not.toMatch(/^[a-z]+:|^\/\//);
      expect((await fetch(new URL(file, `${server.url}/`))).status).toBe(200);
    }
  });

  it('says that it lives and is ready', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it('gives nothing from outside the page’s folder', async () => {
    expect((await fetch(`${server.url}/..%2fpackage.json`)).status).toBe(404);
    expect((await fetch(`${server.url}/nothing-here`)).status).toBe(404);
  });

  it('refuses WebSockets on other paths with 404', async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/elsewhere`);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toContain('404');
  });
});

describe('the server', () => {
  it('logs no transcripts', async () => {
    const text = await expectedText();
    await expectOthersGoOn();
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join('')).not.toContain(text);
  });

  it('cuts off a client that answers no ping', async () => {
    const strict = await startServer({ engine, port: 0, log, heartbeatMs: 20 });
    const dead = new WebSocket(strict.url.replace('http', 'ws') + NATIVE_PATH, { autoPong: false });
    const [code] = (await once(dead, 'close')) as [number];
    expect(code).toBe(1006);
    await strict.close();
  });

  it('refuses a port that is taken', async () => {
    await expect(startServer({ engine, port: server.port, log })).rejects.toMatchObject({ code: 'AUR_SERVING_LISTEN' });
  });

  it('lets accepted streams end when it closes, and accepts no more', async () => {
    const closing = await startServer({ engine, port: 0, log });
    const client = await connect(closing.url, { sampleRate: RATE });
    await client.send(AUDIO.subarray(0, 30_000));
    const closed = closing.close();
    await expect(connect(closing.url, { sampleRate: RATE })).rejects.toMatchObject({ code: 'AUR_CLIENT_CONNECTION' });
    await client.send(AUDIO.subarray(30_000));
    client.end();
    const messages: ServerMessage[] = [];
    for await (const message of client.results) messages.push(message);
    expect(textOf(messages)).toBe(await expectedText());
    await closed;
  });

  it('closes streams that do not end in time with 1012', async () => {
    const closing = await startServer({ engine, port: 0, log, drainSeconds: 0 });
    const socket = new WebSocket(closing.url.replace('http', 'ws') + NATIVE_PATH);
    await once(socket, 'open');
    socket.send(START);
    await once(socket, 'message');
    const told = once(socket, 'message');
    const gone = once(socket, 'close');
    await closing.close();
    expect(JSON.parse(String((await told)[0]))).toMatchObject({ type: 'error', code: 'AUR_SERVING_SHUTDOWN' });
    expect((await gone)[0]).toBe(1012);
  });
});
