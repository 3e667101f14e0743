/** What the containers are made of, run here: a service without rights, two of them behind nginx with the settings of deploy/. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '@auricle/cli/load/call';
import { loadProtocols } from '@auricle/cli/load/protocols';
import { createEngine, type Engine, NATIVE_PATH, type RunningServer, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemProgram } from '../conformance/programs.js';
import { makeRecordings, type Recording } from '../conformance/recordings.js';
import { freePort } from '../fixtures/free-port.js';
import { ROOT } from './validators.js';

const DIGITS = join(ROOT, 'models/digits-en');
const NOBODY = 65_534;

let folder: string;
let engine: Engine;
let recordings: Recording[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-running-'));
  engine = await createEngine({ bundle: DIGITS });
  recordings = await makeRecordings(engine, join(folder, 'recordings'), 3);
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    // nginx takes its workers with it.
    child.kill('SIGTERM');
    await exited;
  }
});

const options = { protocol: loadProtocols.native, packetMs: 500, isPaced: false };
const listener = { opened: () => undefined, sent: () => undefined, partial: () => undefined };
const streamTo = (url: string, { s16le }: Recording, key?: string) =>
  call(s16le, { ...options, address: url.replace('http', 'ws') + NATIVE_PATH, key }, listener);

describe('a service of the container’s settings', () => {
  const isRoot = process.getuid?.() === 0;
  it.skipIf(!isRoot)('runs as nobody, who can write nothing, and streams', async () => {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const keys = join(folder, 'keys.json');
    const main = join(ROOT, 'cli/bin/auricle.js');
    const key = spawnSync(process.execPath, [main, 'keys', 'add', keys, 'app'], { encoding: 'utf8' }).stdout.trim();
    await chmod(folder, 0o755);
    await chmod(keys, 0o644);
    const set = [`port=${port}`, `metrics.port=${metricsPort}`, `access.keyFile=${keys}`, 'host=127.0.0.1'];
    const args = [main, 'serve', '--config', join(ROOT, 'deploy/serve.yaml'), '--set', ...set];
    const child = spawn(process.execPath, args, {
      uid: NOBODY,
      gid: NOBODY,
      cwd: '/',
      env: { PATH: process.env.PATH, HOME: '/nonexistent', TMPDIR: '/nonexistent' },
      stdio: 'ignore',
    });
    children.push(child);
    const url = `http://127.0.0.1:${port}`;
    const closing = { headers: { Connection: 'close' } };
    await vi.waitFor(async () => expect((await fetch(`${url}/readyz`, closing)).status).toBe(200), {
      timeout: 100_000,
      interval: 200,
    });
    expect(await streamTo(url, recordings[0])).toMatchObject({ code: 'AUR_ACCESS_MISSING' });
    expect((await streamTo(url, recordings[0], key)).text).toBe(recordings[0].text);
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`, closing)).text();
    expect(metrics).toContain('auricle_streams_total{outcome="done"} 1');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

describe('nginx', () => {
  const nginx = systemProgram('nginx');
  const servers: RunningServer[] = [];
  afterAll(() => Promise.all(servers.map((server) => server.close())));

  it.skipIf(!nginx)(
    'finds nothing wrong with its settings, spreads streams over two nodes, and goes on with one',
    async () => {
      const log = pino({ level: 'silent' });
      for (let i = 0; i < 2; i++)
        servers.push(
          await startServer({ engine, port: 0, log, drainSeconds: 0, access: { trustedProxies: ['127.0.0.1'] } }),
        );
      const port = await freePort();
      const settings = (await readFile(join(ROOT, 'deploy/nginx/nginx.conf'), 'utf8'))
        .replace('node-1:8080', `127.0.0.1:${servers[0].port}`)
        .replace('node-2:8080', `127.0.0.1:${servers[1].port}`)
        .replace('listen 8080', `listen 127.0.0.1:${port}`)
        .replace('worker_processes auto', 'worker_processes 1')
        .replace(/^worker_rlimit_nofile.*$/m, '')
        .replace('worker_connections 32768', 'worker_connections 512')
        .replaceAll('/tmp/', `${folder}/`);
      const file = join(folder, 'nginx.conf');
      await writeFile(file, settings);
      const tested = spawnSync(nginx!, ['-t', '-c', file], { encoding: 'utf8' });
      expect(tested.stderr).toContain('test is successful');

      const child = spawn(nginx!, ['-c', file, '-g', 'daemon off;'], { stdio: 'ignore' });
      children.push(child);
      await vi.waitFor(() => connects(port), { timeout: 60_000, interval: 100 });
      const url = `http://127.0.0.1:${port}`;
      const heard = await Promise.all(recordings.map((recording) => streamTo(url, recording)));
      expect(heard.map(({ text }) => text)).toEqual(recordings.map(({ text }) => text));
      const streams = await Promise.all(
        servers.map(async (server) => {
          const metrics = await (await fetch(`${server.url}/metrics`, { headers: { Connection: 'close' } })).text();
          return Number(/^auricle_streams_total\{outcome="done"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
        }),
      );
      expect(streams.reduce((sum, n) => sum + n, 0)).toBe(3);
      expect(Math.min(...streams)).toBeGreaterThan(0);
      expect((await fetch(`${url}/metrics`, { headers: { Connection: 'close' } })).status).toBe(404);

      await servers[0].close();
      for (const recording of recordings) expect((await streamTo(url, recording)).text).toBe(recording.text);
    },
  );
});

async function connects(port: number): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
