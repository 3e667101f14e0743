/** `auricle load` against a real server with the bundled model: by each protocol, with right and wrong expectations, refusals and failures. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@auricle/audio';
import type { LoadFigures } from '@auricle/cli/load/figures';
import { createEngine, type Engine, type RunningServer, type ServerOptions, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'models/digits-en');
const WHOLE = join(BUNDLE, 'recording.wav');

// Each starts processes, and streams take the time that they take.
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
let engine: Engine;
let server: RunningServer;
let short: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-load-test-'));
  engine = await createEngine({ bundle: BUNDLE });
  server = await serve();
  short = join(folder, 'short.wav');
  const { samples, sampleRate } = await readAudioFile(WHOLE, { duration: 0.9 });
  await writeFile(short, encodeWav({ samples, sampleRate }));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const servers: RunningServer[] = [];
async function serve(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const started = await startServer({ engine, port: 0, log: pino({ level: 'silent' }), ...options });
  servers.push(started);
  return started;
}
afterAll(() => Promise.all(servers.map((one) => one.close())));

const engines: Engine[] = [];
afterEach(() => Promise.all(engines.splice(0).map((one) => one.close())));
async function small(maxStreams: number): Promise<string> {
  const limited = await createEngine({ bundle: BUNDLE, maxStreams });
  engines.push(limited);
  return (await serve({ engine: limited })).url;
}

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

const run = (args: string[], env: Record<string, string> = {}): Promise<Ran> =>
  new Promise((resolve) => {
    const command = [join(ROOT, 'cli/dist/main.js'), 'load', ...args];
    execFile(process.execPath, command, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: (error?.code as number | undefined) ?? 0, stdout, stderr }),
    );
  });

async function figuresOf(args: string[], env: Record<string, string> = {}): Promise<LoadFigures & { exit: number }> {
  const { code, stdout, stderr } = await run([...args, '--json'], env);
  if (stdout === '') throw new Error(stderr);
  return { ...(JSON.parse(stdout) as LoadFigures), exit: code };
}

/** A machine that does much else takes fewer streams than are asked for. */
const onlyRefusals = ({ utterances: { refused } }: LoadFigures) => (refused > 0 ? { AUR_SERVING_FULL: refused } : {});

const briefly = ['--streams', '3', '--ramp', '0', '--seconds', '1'];

describe('a load', () => {
  it.each([
    ['native', '', 'model', 2],
    ['vosk', '/vosk', 'server', 1],
    ['sherpa', '/sherpa', 'model', 1],
  ])('by the protocol %s hears what is expected', async (protocol, path, expected, processes) => {
    const figures = await figuresOf([
      ...[server.url + path, WHOLE, '--protocol', protocol, '--expected', expected],
      ...['--streams', '4', '--ramp', '1', '--seconds', '7', '--processes', String(processes)],
      ...['--pid', String(process.pid)],
    ]);
    expect(figures).toMatchObject({
      exit: 0,
      streams: 4,
      utterances: { different: 0, failed: 0 },
      errors: onlyRefusals(figures),
      differences: [],
    });
    expect(figures.utterances.same).toBeGreaterThanOrEqual(4);
    expect(figures.held).toBeGreaterThan(0);
    expect(figures.held).toBeLessThanOrEqual(4);
    expect(figures.audioRate).toBeGreaterThan(0);
    expect(figures.finals.count).toBeGreaterThan(0);
    expect(figures.finals.p50).toBeLessThanOrEqual(figures.finals.p99);
    // Vosk's partials have no times.
    expect(figures.partials.count > 0).toBe(protocol !== 'vosk');
    expect(figures.lateness.count).toBeGreaterThan(100);
    expect(figures.server!.memoryAfterBytes).toBeGreaterThan(1e7);
    expect(figures.server!.corePercentPerStream).toBeGreaterThan(0);
  });

  it('prints figures for people', async () => {
    const { stdout, code } = await run([server.url, short, '--streams', '3', '--ramp', '0', '--seconds', '5']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^3 streams for [\d.]+ s: [\d.]+ held, /);
    expect(stdout).toMatch(/utterances +\d+ as expected, 0 different, 0 failed, \d+ refused/);
    expect(stdout).toMatch(/final latency +p50 [\d.]+ +p95 [\d.]+ +p99 [\d.]+ +p99\.9 [\d.]+/);
  });

  it('tells texts that are not as a manifest says', async () => {
    const manifest = join(folder, 'said.jsonl');
    const line = { audio_filepath: 'short.wav', duration: 0.9, text: 'something else' };
    await writeFile(manifest, JSON.stringify(line));
    const figures = await figuresOf([server.url, short, ...briefly, '--expected', manifest]);
    expect(figures.exit).toBe(2);
    expect(figures.utterances.same).toBe(0);
    expect(figures.utterances.different).toBeGreaterThanOrEqual(3);
    expect(figures.differences[0]).toMatchObject({ title: short, expected: 'something else' });

    const { stderr, code } = await run([server.url, WHOLE, ...briefly, '--expected', manifest]);
    expect(code).toBe(1);
    expect(stderr).toContain('AUR_LOAD_EXPECTED');
    expect(stderr).toContain(WHOLE);
  });

  it('counts streams for which the server has no room, by code, and comes again', async () => {
    const figures = await figuresOf([await small(1), short, ...briefly]);
    expect(figures.exit).toBe(0);
    expect(figures.utterances).toMatchObject({ different: 0, failed: 0 });
    expect(figures.utterances.same).toBeGreaterThan(0);
    expect(figures.utterances.refused).toBeGreaterThanOrEqual(2);
    expect(figures.errors).toEqual({ AUR_SERVING_FULL: figures.utterances.refused });
  });

  it('takes its key from the environment', async () => {
    const { url } = await serve({ access: { keyList: 'app:the-key-of-the-test-of-loads' } });
    const stranger = await figuresOf([url, short, ...briefly], { AURICLE_KEY: '' });
    expect(stranger).toMatchObject({ exit: 2, utterances: { same: 0 }, withinShare: 0 });
    expect(Object.keys(stranger.errors)).toEqual(['AUR_ACCESS_MISSING']);
    const known = await figuresOf([url, short, ...briefly], { AURICLE_KEY: 'the-key-of-the-test-of-loads' });
    expect(known).toMatchObject({ exit: 0, errors: onlyRefusals(known) });
  });

  it('counts what other servers close with', async () => {
    const closing = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    closing.on('connection', (socket) => socket.close(1011, 'AUR_SERVING_RUN: the model failed'));
    await once(closing, 'listening');
    const { port } = closing.address() as { port: number };
    const figures = await figuresOf([`ws://127.0.0.1:${port}`, short, ...briefly, '--protocol', 'vosk']);
    closing.close();
    expect(figures).toMatchObject({ exit: 2, errors: { AUR_SERVING_RUN: figures.utterances.failed } });
    expect(figures.utterances.failed).toBeGreaterThanOrEqual(3);
  });

  it('counts servers that are not there', async () => {
    const figures = await figuresOf(['ws://127.0.0.1:1', short, ...briefly]);
    expect(figures).toMatchObject({ exit: 2, errors: { ECONNREFUSED: figures.utterances.failed } });
  });

  it('says when the time is too short to find anything', async () => {
    const { stderr, code } = await run([server.url, WHOLE, '--find', '--ramp', '0', '--seconds', '1']);
    expect(code).toBe(1);
    expect(stderr).toContain('AUR_LOAD_SHORT');
  });

  it('finds how many streams a server takes', async () => {
    const args = [await small(3), short, '--find', '--streams', '1', '--ramp', '0', '--seconds', '4'];
    const { stdout, stderr } = await run([...args, '--within', '600000', '--json']);
    const { most, figures } = JSON.parse(stdout) as { most: number; figures: LoadFigures };
    // 3 on a machine that has time for them.
    expect(most).toBeGreaterThanOrEqual(1);
    expect(most).toBeLessThanOrEqual(3);
    expect(figures).toMatchObject({ streams: most, utterances: { refused: 0 } });
    const trials = stderr.split('\n').filter((line) => line.includes(' held, '));
    expect(trials.some((line) => /[1-9]\d* refused/.test(line))).toBe(true);
  });
});

describe('wrong arguments', () => {
  it.each([
    [['no-address', WHOLE], 'AUR_LOAD_ADDRESS', 'no-address'],
    [['http://127.0.0.1:1', '/nowhere.wav'], 'AUR_AUDIO_MISSING', '/nowhere.wav'],
    [['http://127.0.0.1:1', WHOLE, '--model', '/nowhere'], 'AUR_BUNDLE_MISSING', '/nowhere'],
    [['http://127.0.0.1:1', WHOLE, '--expected', 'server'], 'AUR_LOAD_SERVER', 'ECONNREFUSED'],
    [['http://127.0.0.1:1', WHOLE, '--pid', '2147483647'], 'AUR_LOAD_PROCESS', '2147483647'],
    [['http://127.0.0.1:1', WHOLE, '--protocol', 'morse'], 'Allowed choices', 'morse'],
  ])('%j are refused', async (args, code, seen) => {
    const { stderr, code: exit } = await run([...args, '--ramp', '0', '--seconds', '1']);
    expect(exit).toBe(1);
    expect(stderr).toContain(code);
    expect(stderr).toContain(seen);
  });
});
