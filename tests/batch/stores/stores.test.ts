/** Folders and buckets as stores; the bucket is one of moto's, which checks signatures as Amazon does. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore, type Store } from '@auricle/batch';
import { AwsClient } from 'aws4fetch';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

const PYTHON = process.env.AURICLE_PYTHON ?? 'python3';
const HAS_MOTO = spawnSync(PYTHON, ['-c', 'import moto.server']).status === 0;
if (!HAS_MOTO) console.log(`skipped: ${PYTHON} has no moto[server] (AURICLE_PYTHON names another Python)`);
const ODD = 'a folder/😀@#?&+% .txt';
/** moto knows no key with a line feed. */
const LINES = 'a folder/new\nline.txt';
const never = new AbortController().signal;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-stores-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function keepsItsPromises(store: Store, name = ODD): Promise<void> {
  expect(await store.has(name)).toBe(false);
  expect(await store.read(name)).toBeUndefined();
  await store.remove(name);
  await store.write(name, 'one');
  await store.write(name, new TextEncoder().encode('another'));
  expect(await store.has(name)).toBe(true);
  expect(new TextDecoder().decode(await store.read(name))).toBe('another');
  const file = await store.open(name, never);
  expect(await readFile(file.path, 'utf8')).toBe('another');
  await file.release();
  await store.remove(name);
  expect(await store.has(name)).toBe(false);
}

describe('a folder', () => {
  it('keeps what is written, whole or not at all', async () => {
    await keepsItsPromises(openStore(folder));
    await keepsItsPromises(openStore(folder), LINES);
    await openStore(folder).write('a/b', 'c');
    expect(await readdir(join(folder, 'a'))).toEqual(['b']);
  });

  it('is not left by any name', async () => {
    for (const name of ['../x', 'a/../../x', '/etc/x', '', 'a\0b'])
      await expect(openStore(folder).write(name, '')).rejects.toMatchObject({ code: 'AUR_JOB_STORE' });
  });
});

describe.skipIf(!HAS_MOTO)('a bucket', () => {
  let server: ChildProcess;
  let endpoint: string;
  beforeAll(async () => {
    server = spawn(PYTHON, ['-m', 'moto.server', '-p', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    for await (const text of server.stderr!.setEncoding('utf8')) {
      said += text;
      const port = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (port === undefined) continue;
      endpoint = `http://127.0.0.1:${port}`;
      break;
    }
    // Buckets are made by whoever runs the store.
    const client = new AwsClient({ accessKeyId: 'key', secretAccessKey: 'secret', service: 's3', region: 'us-east-1' });
    expect((await client.fetch(`${endpoint}/archive`, { method: 'PUT' })).status).toBe(200);
  });
  afterAll(async () => {
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  });
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'key');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint);
  });
  afterEach(() => vi.unstubAllEnvs());

  it('keeps what is written', async () => {
    await keepsItsPromises(openStore('s3://archive'));
    await keepsItsPromises(openStore('s3://archive/texts/'));
    await openStore('s3://archive/texts').write('a', 'b');
    expect(await openStore('s3://archive').has('texts/a')).toBe(true);
  });

  it('that is not there is told by the code of the store', async () => {
    await expect(openStore('s3://nowhere').open('x', never)).rejects.toMatchObject({
      code: 'AUR_JOB_REFUSED',
      message: expect.stringContaining('NoSuchBucket'),
    });
    await expect(openStore('s3://archive').open('x', never)).rejects.toMatchObject({
      message: expect.stringContaining('NoSuchKey'),
    });
  });

  it('needs keys in the environment', () => {
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
    expect(() => openStore('s3://archive')).toThrow(expect.objectContaining({ code: 'AUR_JOB_STORE' }));
    expect(() => openStore('s3://Not A Bucket')).toThrow(expect.objectContaining({ code: 'AUR_JOB_STORE' }));
  });
});
