/** Sessions of messages that fit, nearly fit or do not fit, and bare bytes, over every protocol of a real server: no crash, no hang, no unbounded memory, and every reply is a message of its protocol. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { createEngine, type Engine, type RunningServer, startServer, transcribeSamples } from '@auricle/serving';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { burstsOfSound, writeTinyBundle } from '../serving/fixtures/tiny-model.js';
import { type AsyncApi, type FuzzedProtocol, type FuzzMessage, fuzzedProtocols } from './fixtures/protocol-messages.js';

/** Messages that the server takes; the mark is 1,000,000. */
const MESSAGES = Number(process.env.AURICLE_FUZZ_MESSAGES ?? 20_000);
const SEED = Number(process.env.AURICLE_FUZZ_SEED ?? 1);
const LONGEST_SESSION = 400;
/** A server that has not answered a ping by then hangs. */
const HANG_MS = 120_000;
const MOST_GROWTH_BYTES = 256 * 2 ** 20;
const RATE = 16_000;

let dir: string;
let engine: Engine;
let server: RunningServer;
let protocols: FuzzedProtocol[];
let taken = 0;
let stopCounting: () => void;
beforeAll(async () => {
  dir = await mkdtemp(`${tmpdir()}/auricle-fuzz-`);
  engine = await createEngine({ bundle: await writeTinyBundle(dir) });
  stopCounting = countMessages();
  server = await startServer({
    engine,
    port: 0,
    log: pino({ level: 'silent' }),
    limits: { handshakes: { perSecond: 1e6, burst: 1e6 } },
  });
  const document = (await (await fetch(`${server.url}/asyncapi.json`)).json()) as AsyncApi;
  protocols = fuzzedProtocols(document, LONGEST_SESSION);
});
afterAll(async () => {
  stopCounting();
  await server.close();
  await engine.close();
  await rm(dir, { recursive: true });
});

/** Of those that reach a session, not of those that its client still sends. */
function countMessages(): () => void {
  const upgrade = WebSocketServer.prototype.handleUpgrade;
  WebSocketServer.prototype.handleUpgrade = function (request: IncomingMessage, socket, head, done) {
    upgrade.call(this, request, socket, head, (client: WebSocket, ...rest) => {
      client.on('message', () => {
        taken++;
      });
      done(client, ...rest);
    });
  };
  return () => {
    WebSocketServer.prototype.handleUpgrade = upgrade;
  };
}

const within = <T>(what: string, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the server hangs: ${what}`)), HANG_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

/** @returns the server's replies that no document has */
async function runSession({ name, address, isLegal }: FuzzedProtocol, session: FuzzMessage[]): Promise<string[]> {
  const socket = new WebSocket(server.url.replace('http', 'ws') + address, { perMessageDeflate: false });
  const strange: string[] = [];
  socket.on('error', () => undefined);
  socket.on('message', (data, isBinary) => {
    if (isBinary || !isLegal(data.toString())) strange.push(`${name}: ${data.toString().slice(0, 300)}`);
  });
  const closed = once(socket, 'close');
  await within('handshake', Promise.race([once(socket, 'open'), closed]));
  for (const message of session) {
    if (socket.readyState !== WebSocket.OPEN) break;
    socket.send(message);
  }
  if (socket.readyState === WebSocket.OPEN) {
    socket.ping();
    await within('ping', Promise.race([once(socket, 'pong'), closed]));
  }
  // Some leave in order, some do not.
  if (session.length % 2 === 0) socket.close();
  else socket.terminate();
  await within('close', closed);
  return strange;
}

/** Bytes that are no frames, or frames of every kind with what they may not have. */
async function sendBytes(address: string, chunks: Uint8Array[]): Promise<void> {
  const tcp = connectTcp(server.port, '127.0.0.1');
  tcp.on('error', () => undefined);
  const closed = once(tcp, 'close');
  await once(tcp, 'connect');
  const key = Buffer.alloc(16).toString('base64');
  tcp.write(
    `GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  tcp.resume();
  for (const chunk of chunks) tcp.write(chunk);
  taken += chunks.length;
  tcp.end();
  await within('end of a socket', closed);
}

const frame = fc
  .tuple(fc.nat(255), fc.boolean(), fc.nat(126), fc.uint8Array({ maxLength: 140 }))
  .map(([first, isMasked, length, rest]) => Uint8Array.from([first, (isMasked ? 0x80 : 0) | length, ...rest]));

async function expectWell(): Promise<void> {
  const samples = burstsOfSound(3, RATE, 2);
  const { text } = await transcribeSamples(engine, { samples, sampleRate: RATE });
  expect(text).not.toBe('');
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/stream`);
  const heard: string[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as { type: string; text: string };
    if (message.type === 'final') heard.push(message.text);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'start', sampleRate: RATE, encoding: 'f32le' }));
  socket.send(new Uint8Array(samples.buffer));
  socket.send('{"type":"end"}');
  await within('a stream in order', once(socket, 'close'));
  expect(heard.join(' ')).toBe(text);
}

describe(`${MESSAGES} messages over all protocols`, () => {
  it('have legal replies, and leave the server well and small', async () => {
    await expectWell();
    const memory = () => process.memoryUsage().rss;
    let before = 0;
    let highest = 0;
    const drawn = fc.tuple(...protocols.map(({ session }) => session), fc.array(frame, { maxLength: 20 }));
    for (let round = 0; taken < MESSAGES; round++) {
      await fc.assert(
        fc.asyncProperty(drawn, async (sessions) => {
          const frames = sessions.at(-1) as Uint8Array[];
          const strange = await Promise.all([
            ...protocols.map((protocol, i) => runSession(protocol, sessions[i] as FuzzMessage[])),
            sendBytes(protocols[taken % protocols.length].address, frames).then(() => []),
          ]);
          expect(strange.flat()).toEqual([]);
        }),
        { seed: SEED + round, numRuns: 20, endOnFailure: true },
      );
      await within('streams that are over', settled());
      if (taken > MESSAGES / 5) before ||= memory();
      highest = Math.max(highest, memory());
    }
    await expectWell();
    const grown = highest - (before || highest);
    process.stdout.write(
      `${taken} messages; memory grew by ${(grown / 2 ** 20).toFixed(1)} MiB after the first fifth\n`,
    );
    expect(grown).toBeLessThan(MOST_GROWTH_BYTES);
  });
});

/** Streams whose clients have left are closed once the server has seen it. */
async function settled(): Promise<void> {
  while (engine.openStreams > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
