/** `auricle serve` and `auricle keys`: settings of a file and of flags, keys on disk, and the signals that a service is run by. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { readServeConfig } from '@auricle/cli/serve/config';
import { hashKey } from '@auricle/serving';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../fixtures/free-port.js';

const MAIN = resolve(import.meta.dirname, '../../cli/dist/main.js');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-serve-'));
});
afterAll(() => rm(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
const run = (...args: string[]) => execFileSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
const runFails = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' }).stderr;

describe('the settings', () => {
  it('are complete without a file', async () => {
    expect(await readServeConfig(undefined)).toMatchObject({
      port: 8080,
      maxStreams: 1000,
      limits: { idleSeconds: 60 },
    });
  });

  it('come from the file, then from --set, then from flags', async () => {
    await writeFile(at('serve.yaml'), 'port: 1\nworkers: 2\nlimits:\n  perAddress: 3\n  idleSeconds: 5\n');
    const config = await readServeConfig(at('serve.yaml'), ['limits.perAddress=4', 'workers=5'], {
      workers: 6,
      'access.keyFile': 'keys.json',
    });
    expect(config).toMatchObject({ port: 1, workers: 6, limits: { perAddress: 4, idleSeconds: 5 } });
    expect(config.access.keyFile).toBe('keys.json');
  });

  it.each([
    ['an unknown key', 'limits:\n  perAdress: 3\n', 'limits.perAdress: unknown key, seen 3'],
    ['a value out of range', 'port: 70000\n', 'port: Too big: expected number to be <=65535, seen 70000'],
    ['half of a certificate', 'tls:\n  certificate: a.pem\n', 'tls.key'],
    ['a value of the wrong kind', 'log:\n  transcripts: sometimes\n', 'log.transcripts'],
    ['no YAML', 'a: [1\n', 'line'],
  ])('are refused with %s', async (_, text, seen) => {
    await writeFile(at('wrong.yaml'), text);
    const refused = readServeConfig(at('wrong.yaml'));
    await expect(refused).rejects.toMatchObject({ code: 'AUR_CLI_CONFIG' });
    await expect(refused).rejects.toThrow(seen);
  });
});

describe('keys', () => {
  it('are made, listed and taken back; the file has only their hashes and only its owner reads it', async () => {
    const file = at('keys/keys.json');
    const key = run('keys', 'add', file, 'app', '--streams', '5', '--audio-hours', '1.5', '--days', '2').trim();
    expect(key).toMatch(/^aur_[\w-]{43}$/);
    const other = run('keys', 'add', file, 'other', '--archive', 'audio').trim();
    expect(other).not.toBe(key);
    const text = await readFile(file, 'utf8');
    expect(text).not.toContain(key);
    expect(text).toContain(hashKey(key));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(at('keys'))).toEqual(['keys.json']);

    const listed = run('keys', 'list', file);
    expect(listed).toMatch(/^app: made \S+, expires \S+, 5 streams, 1.5 hours of audio a day\n/);
    expect(listed).toMatch(/other: made \S+, archives audio\n$/);
    run('keys', 'remove', file, 'app');
    expect(run('keys', 'list', file)).not.toContain('app:');
  });

  it.each([
    [['add', 'twice.json', 'a'], 'has a key a'],
    [['add', 'twice.json', '../a'], 'name: expected letters'],
    [['remove', 'twice.json', 'b'], 'has no key b'],
    [['list', 'broken.json'], 'AUR_ACCESS_CONFIG'],
  ])('%j is refused', async ([command, file, ...rest], seen) => {
    await writeFile(at('broken.json'), '{"version":1,"keys":[{"name":"a"}]}');
    await rm(at('twice.json'), { force: true });
    run('keys', 'add', at('twice.json'), 'a');
    expect(runFails('keys', command, at(file), ...rest)).toContain(seen);
  });
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A service in a process of its own; resolves when it listens. */
async function serve(args: string[], env: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: Record<string, unknown>[] = [];
  const listening = new Promise<string>((found) => {
    createInterface(child.stdout!).on('line', (line) => {
      lines.push(JSON.parse(line));
      const { msg, url } = lines.at(-1)!;
      if (msg === 'listening') found(url as string);
    });
  });
  const url = await listening;
  const statusWith = async (key: string) =>
    (await fetch(`${url}/v1/usage`, { headers: { Authorization: `Bearer ${key}`, Connection: 'close' } })).status;
  return { child, url, lines, statusWith };
}

describe('a running service', () => {
  it('takes keys of the environment and, after SIGHUP, those that the file has then; SIGTERM ends it', async () => {
    const file = at('live.json');
    const first = run('keys', 'add', file, 'first').trim();
    const { child, statusWith, lines } = await serve(['--keys', file, '--set', 'access.reloadSeconds=3600'], {
      AURICLE_KEYS: 'env:a-key-of-the-environment',
    });
    expect(await statusWith(first)).toBe(200);
    expect(await statusWith('a-key-of-the-environment')).toBe(200);
    const second = run('keys', 'add', file, 'second').trim();
    run('keys', 'remove', file, 'first');
    expect(await statusWith(second)).toBe(401);
    child.kill('SIGHUP');
    await vi.waitFor(async () => expect(await statusWith(second)).toBe(200), 20_000);
    expect(await statusWith(first)).toBe(401);
    expect(await statusWith('a-key-of-the-environment')).toBe(200);
    expect(JSON.stringify(lines)).not.toContain(second);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('goes on when its log cannot be written, and says so in the metrics', async () => {
    // /dev/full takes nothing: every write says that the disk is full. The port is chosen here, for the log does not tell it.
    const port = await freePort();
    const args = ['serve', '--port', String(port), '--set', 'log.file=/dev/full'];
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    children.push(child);
    const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { Connection: 'close' } });
    await vi.waitFor(async () => expect((await get('/readyz')).status).toBe(200), { timeout: 60_000, interval: 100 });
    const failures = async () =>
      Number(/^auricle_log_failures (\d+)$/m.exec(await (await get('/metrics')).text())?.[1]);
    await vi.waitFor(async () => expect(await failures()).toBeGreaterThan(0), { timeout: 20_000, interval: 100 });
    expect(child.exitCode).toBe(null);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
