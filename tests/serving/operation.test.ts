/** What whoever runs the service relies on: metrics, the archive, certificates and keys that are exchanged, clocks that are set, clients that vanish. */
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { decodePcm } from '@auricle/audio';
import {
  createEngine,
  type Engine,
  hashKey,
  type KeyRecord,
  NATIVE_PATH,
  newKey,
  type ServerMessage,
  type ServerOptions,
  startServer,
  transcribeSamples,
  writeKeyFile,
} from '@auricle/serving';
import { Archive } from '@auricle/serving/archive/archive';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { burstsOfSound, writeTinyBundle } from './fixtures/tiny-model.js';

const RATE = 16_000;
const silent = pino({ level: 'silent' });
const AUDIO = Buffer.from(burstsOfSound(3, RATE, 2).buffer);
const SECONDS = AUDIO.length / 4 / RATE;
const START = JSON.stringify({ type: 'start', sampleRate: RATE, encoding: 'f32le' });

let dir: string;
let engine: Engine;
const open: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'auricle-operation-'));
  engine = await createEngine({ bundle: await writeTinyBundle(join(dir, 'bundle')) });
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.splice(0).map((server) => server.close()));
});
afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true });
});

async function start(options: Partial<ServerOptions> = {}) {
  const server = await startServer({ engine, port: 0, log: silent, drainSeconds: 0, ...options });
  open.push(server);
  return server;
}

/** One stream from its start to its end, in packets of 100 ms. */
async function stream(url: string, headers: Record<string, string> = {}, audio = AUDIO): Promise<ServerMessage[]> {
  const socket = new WebSocket(url.replace('http', 'ws') + NATIVE_PATH, { headers });
  const messages: ServerMessage[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  await once(socket, 'open');
  socket.send(START);
  for (let at = 0; at < audio.length; at += 6400) socket.send(audio.subarray(at, at + 6400));
  socket.send('{"type":"end"}');
  await once(socket, 'close');
  return messages;
}

const finalText = (messages: ServerMessage[]) =>
  messages
    .filter((message) => message.type === 'final')
    .map((message) => message.text)
    .join(' ');
const expectedText = async () =>
  (await transcribeSamples(engine, { samples: new Float32Array(AUDIO.buffer.slice(0)), sampleRate: RATE })).text;

const keyRecord = (name: string, key: string, archive: KeyRecord['archive']): KeyRecord => ({
  name,
  sha256: hashKey(key),
  created: '2026-01-01T00:00:00.000Z',
  limits: {},
  archive,
});

describe('the metrics', () => {
  it('count streams, audio, batches, latencies and errors, on a port of their own if wanted', async () => {
    const server = await start({ metrics: { host: '127.0.0.1', port: 0 } });
    await stream(server.url);
    const bad = new WebSocket(server.url.replace('http', 'ws') + NATIVE_PATH);
    await once(bad, 'open');
    bad.send(START);
    bad.send(Buffer.from(Float32Array.of(Number.NaN).buffer));
    await once(bad, 'close');

    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
    const read = async () => await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
    const figure = (text: string, name: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${name} `))
          ?.split(' ')[1],
      );
    const text = await vi.waitFor(async () => {
      const now = await read();
      expect(figure(now, 'auricle_streams_open')).toBe(0);
      expect(figure(now, 'auricle_streams_total{outcome="AUR_AUDIO_NOT_FINITE"}')).toBe(1);
      return now;
    });
    expect(figure(text, 'auricle_streams_total{outcome="done"}')).toBe(1);
    expect(figure(text, 'auricle_audio_seconds_total')).toBeCloseTo(SECONDS, 1);
    const chunks = figure(text, 'auricle_chunks_total');
    // With the model's tail, in chunks of 0.32 s.
    expect(chunks).toBeGreaterThanOrEqual(SECONDS / 0.32);
    expect(figure(text, 'auricle_batch_streams_sum')).toBe(chunks);
    expect(figure(text, 'auricle_compute_seconds_total')).toBeGreaterThan(0);
    expect(figure(text, 'auricle_final_latency_seconds_count')).toBe(1);
    expect(figure(text, 'auricle_partial_latency_seconds_count')).toBeGreaterThan(0);
    expect(figure(text, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  });
});

describe('the archive', () => {
  it('keeps what the key says, and nothing without one', async () => {
    const folder = join(dir, 'archive');
    const [both, text, none] = [newKey(), newKey(), newKey()];
    const keyFile = join(dir, 'archive-keys.json');
    await writeKeyFile(keyFile, [
      keyRecord('both', both, 'audio'),
      keyRecord('text', text, 'transcripts'),
      keyRecord('none', none, 'nothing'),
    ]);
    const server = await start({ archive: { folder, retentionDays: 30 }, access: { keyFile } });
    for (const key of [both, text, none]) await stream(server.url, { Authorization: `Bearer ${key}` });

    const filesOf = async (name: string) => {
      const [day] = await readdir(join(folder, name));
      expect(day).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      return (await readdir(join(folder, name, day))).map((file) => join(folder, name, day, file)).sort();
    };
    const [json, wav] = await vi.waitFor(async () => {
      const files = await filesOf('both');
      expect(files).toHaveLength(2);
      // The head is put right last.
      expect((await readFile(files[1])).readUInt32LE(40)).toBe(AUDIO.length);
      expect((await readFile(files[0], 'utf8')).endsWith('}\n')).toBe(true);
      return files;
    });
    const record = JSON.parse(await readFile(json, 'utf8'));
    expect(record).toMatchObject({ key: 'both', sampleRate: RATE, audioSeconds: SECONDS, text: await expectedText() });
    expect((await readFile(wav)).subarray(44)).toEqual(AUDIO);
    expect(decodePcm((await readFile(wav)).subarray(44), 'f32le')).toHaveLength(SECONDS * RATE);
    expect(await vi.waitFor(() => filesOf('text'))).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['both', 'text']);
  });

  it('deletes days that are too old, and nothing else', async () => {
    const folder = join(dir, 'old');
    for (const path of ['app/2026-01-01', 'app/2026-01-31', 'app/notes', 'b/2020-05-05'])
      await mkdir(join(folder, path), { recursive: true });
    const archive = new Archive({ folder, retentionDays: 30 }, silent);
    await archive.sweep(Date.parse('2026-02-05T00:00:00Z'));
    expect(await readdir(join(folder, 'app'))).toEqual(['2026-01-31', 'notes']);
    expect(await readdir(join(folder, 'b'))).toEqual([]);
  });

  it('that cannot be written leaves the stream as it is', async () => {
    const key = newKey();
    const keyFile = join(dir, 'unwritable-keys.json');
    await writeKeyFile(keyFile, [keyRecord('app', key, 'audio')]);
    await writeFile(join(dir, 'no-folder'), '');
    const logged: string[] = [];
    const log = pino({}, { write: (line: string) => logged.push(line) });
    const server = await start({
      archive: { folder: join(dir, 'no-folder'), retentionDays: 1 },
      access: { keyFile },
      log,
    });
    expect(finalText(await stream(server.url, { Authorization: `Bearer ${key}` }))).toBe(await expectedText());
    await vi.waitFor(() => expect(logged.join('')).toContain('a stream could not be archived'));
  });
});

describe('transcripts in the log', () => {
  it('are there only when asked for', async () => {
    const logged: string[] = [];
    const log = pino({}, { write: (line: string) => logged.push(line) });
    const server = await start({ log, logTranscripts: true });
    await stream(server.url);
    expect(
      logged
        .map((line) => JSON.parse(line).text)
        .filter(Boolean)
        .join(' '),
    ).toBe(await expectedText());
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn('TLS is not tested: there is no openssl to make certificates with');

describe.skipIf(!hasOpenssl)('TLS', () => {
  const files = (name: string) => ({ certificate: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) });
  const make = (name: string) => {
    const { certificate, key } = files(name);
    const subject = [
      '-subj',
      `/CN=${name}`,
      '-days',
      '2',
      '-nodes',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
    ];
    execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  };
  async function nameSeen(port: number): Promise<unknown> {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const name = socket.getPeerCertificate().subject.CN;
    socket.destroy();
    return name;
  }

  it('takes a new certificate when its files change, while streams go on; a broken one changes nothing', async () => {
    make('first');
    make('second');
    const live = files('live');
    const put = async (name: string) => {
      await writeFile(live.key, await readFile(files(name).key));
      await writeFile(live.certificate, await readFile(files(name).certificate));
    };
    await put('first');
    const logged: string[] = [];
    const log = pino({}, { write: (line: string) => logged.push(line) });
    const server = await start({ tls: live, reloadSeconds: 0.05, log });
    expect(server.url).toMatch(/^https:/);
    expect(await nameSeen(server.port)).toBe('first');
    const socket = new WebSocket(server.url.replace('http', 'ws') + NATIVE_PATH, { rejectUnauthorized: false });
    await once(socket, 'open');
    socket.send(START);
    socket.send(AUDIO.subarray(0, 64_000));
    await put('second');
    await vi.waitFor(async () => expect(await nameSeen(server.port)).toBe('second'), 20_000);
    await writeFile(live.certificate, 'no certificate');
    await utimes(live.certificate, 1, 1);
    await vi.waitFor(() => expect(logged.join('')).toContain('AUR_SERVING_CERTIFICATE'), 20_000);
    expect(await nameSeen(server.port)).toBe('second');
    const done = new Promise<string>((resolve) => {
      let last = '';
      socket.on('message', (data) => {
        last = String(data);
      });
      socket.on('close', () => resolve(last));
    });
    socket.send(AUDIO.subarray(64_000));
    socket.send('{"type":"end"}');
    expect(JSON.parse(await done)).toMatchObject({ type: 'done', audioSeconds: SECONDS });
  });

  it('does not start with a certificate that is not its key’s', async () => {
    make('a');
    make('b');
    const tls = { certificate: files('a').certificate, key: files('b').key };
    await expect(start({ tls })).rejects.toMatchObject({ code: 'AUR_SERVING_CERTIFICATE' });
  });
});

describe('faults', () => {
  it('a clock that jumps a year ahead and back ends no stream and holds none up', async () => {
    const server = await start({ limits: { audioRate: 1, audioBurstSeconds: 5, idleSeconds: 30 } });
    vi.useFakeTimers({ toFake: ['Date'] });
    const socket = new WebSocket(server.url.replace('http', 'ws') + NATIVE_PATH);
    const messages: ServerMessage[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    await once(socket, 'open');
    socket.send(START);
    const now = Date.now();
    for (let at = 0; at < AUDIO.length; at += 6400) {
      vi.setSystemTime(now + (at % 12_800 === 0 ? 1 : -1) * 365 * 86_400_000);
      socket.send(AUDIO.subarray(at, at + 6400));
      await new Promise(setImmediate);
    }
    socket.send('{"type":"end"}');
    expect((await once(socket, 'close'))[0]).toBe(1000);
    vi.useRealTimers();
    expect(finalText(messages)).toBe(await expectedText());
  });

  it('clients that are cut in mid-frame, or half-open, leave no stream and no connection behind', async () => {
    const server = await start({ heartbeatMs: 50 });
    const head = `GET ${NATIVE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`;
    const masked = (payload: Buffer, opcode: number, announced = payload.length) =>
      Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | announced, 0, 0, 0, 0]), payload]);
    const sockets = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const tcp = connectTcp({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
        await once(tcp, 'connect');
        tcp.write(head);
        await once(tcp, 'data');
        tcp.write(masked(Buffer.from(START), 1));
        await once(tcp, 'data');
        // Half of a frame of audio; then half of them vanish, the others stay open and answer no ping.
        tcp.write(masked(Buffer.alloc(60), 2, 120));
        if (i % 2 === 0) tcp.destroy();
        return tcp;
      }),
    );
    await vi.waitFor(() => expect(engine.openStreams).toBe(0), 10_000);
    for (const socket of sockets) socket.destroy();
    expect(finalText(await stream(server.url))).toBe(await expectedText());
  });
});
