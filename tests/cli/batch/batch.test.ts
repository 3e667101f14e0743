/** `auricle batch` as its users run it: in one process, and by a queue on a Redis of the test's own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchCommand } from '@auricle/cli/commands/batch/index';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HAS_REDIS, startRedis, type TestRedis } from '../../fixtures/redis.js';

const ROOT = join(import.meta.dirname, '../../..');
const AURICLE = join(ROOT, 'cli/bin/auricle.js');
const RECORDING = join(ROOT, 'models/digits-en/recording.wav');
const SPOKEN = 'three one four one five nine two';
const ODD = 'new\nline 😀@home.wav';

let root: string;
let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-batch-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'));
  await mkdir(at('in/sub'), { recursive: true });
  for (const name of ['good.wav', join('sub', ODD), 'sub/twice.wav', 'sub/twice.flac'])
    await copyFile(RECORDING, at('in', name));
  await writeFile(at('in/empty.wav'), '');
  await writeFile(at('in/notes.txt'), 'no recording');
});
afterAll(() => rm(root, { recursive: true }));

function batch(args: string[], env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [AURICLE, 'batch', ...args], {
    ...{ cwd: folder, encoding: 'utf8', env: { ...process.env, ...env } },
  });
  return { stdout, stderr, status };
}

/** In this process, which is quicker. */
async function here(args: string[]) {
  const caught = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      caught[name] += text;
      return true;
    }),
  );
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await batchCommand.parseAsync(args, { from: 'user' });
    return { ...caught, status: process.exitCode };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = before;
  }
}

const files = async (path: string) => {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length));
};

const RESULTS = ['/good.wav.txt', `/sub/${ODD.replace('@', '@@')}.txt`, '/sub/twice.flac.txt', '/sub/twice.wav.txt'];

describe('auricle batch work with paths', () => {
  it('does all in one process; what cannot be is named at the end, and the exit code says so', async () => {
    const args = ['work', 'in', '--root', 'in', '--output-dir', 'out', '--workers', '1'];
    const { status, stderr } = batch(args);
    expect(status).toBe(2);
    expect((await files(at('out'))).sort()).toEqual([...RESULTS].sort());
    for (const name of RESULTS) expect(await readFile(at('out', name), 'utf8')).toBe(`${SPOKEN}\n`);
    expect(stderr).toContain('empty.wav: AUR_AUDIO_EMPTY: empty.wav');
    expect(stderr).toContain('passed over, no recording by its name: in/notes.txt');
    expect(stderr).toContain('4 done, 0 under way, 0 waiting, 1 set aside');

    const early = new Date(2020, 1, 1);
    await utimes(at('out/good.wav.txt'), early, early);
    await rm(at('out/sub/twice.wav.txt'));
    expect(batch([...args, '--resume', '--quiet']).status).toBe(2);
    expect((await stat(at('out/good.wav.txt'))).mtime).toEqual(early);
    expect(existsSync(at('out/sub/twice.wav.txt'))).toBe(true);
  });

  it('names what no worker could see, and what is no list of hosts', async () => {
    const outside = await here(['work', RECORDING, '--root', at('in'), '--output-dir', at('out'), '--workers', '1']);
    expect(outside.status).toBe(2);
    expect(outside.stderr).toContain('AUR_JOB_PATH');
    await expect(here(['work', '--output-dir', 'out', '--hosts', 'a b'])).rejects.toMatchObject({
      code: 'AUR_CLI_HOST',
    });
    await expect(here(['work', 'in', '--output-dir', 's3://'])).rejects.toMatchObject({ code: 'AUR_JOB_STORE' });
  });
});

describe.skipIf(!HAS_REDIS)('auricle batch on a Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('submits once, works, tells how far it is, puts back and cancels', async () => {
    const of = (...args: string[]) => here([...args, '--redis', redis.url, '--name', 'archive']);
    const lines = async (state: string) =>
      (await of('status', '--jobs', state)).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
    await writeFile(
      at('list.jsonl'),
      `${JSON.stringify({ audio_filepath: 'in/good.wav', offset: 2.6, duration: 2.1 })}\nno JSON\n`,
    );
    const first = await of('submit', at('in'), '--root', folder);
    expect([first.status, first.stdout]).toEqual([0, '5 jobs submitted to archive\n']);
    const list = await of('submit', at('list.jsonl'), at('in'), '--root', folder, '--priority', 'high');
    expect([list.status, list.stdout]).toEqual([2, '6 jobs submitted to archive\n']);
    expect(list.stderr).toContain('list.jsonl:2: AUR_CLI_LIST');
    expect((await of('status')).stdout).toBe('archive: 6 jobs: 0 done, 0 under way, 6 waiting, 0 set aside\n');
    const waiting = await lines('waiting');
    expect(waiting[0]).toMatchObject({ source: 'in/good.wav', priority: 'high', result: 'in/good.wav@2.6-2.1' });
    const flac = waiting.find(({ source }) => source.endsWith('.flac'));
    expect((await of('cancel', flac.id)).stdout).toBe('1 jobs cancelled\n');

    const work = ['work', '--output-dir', 'out', '--workers', '1', '--format', 'txt,json', '--until-empty'];
    const worked = batch([...work, '--name', 'archive'], { AURICLE_REDIS: redis.url });
    expect(worked.status).toBe(0);
    expect(worked.stderr).toContain('set aside: in/empty.wav: AUR_AUDIO_EMPTY');
    expect(await readFile(at('out/in/good.wav@2.6-2.1.txt'), 'utf8')).toMatch(/five nine two\n$/);
    expect(JSON.parse(await readFile(at('out/in/good.wav.json'), 'utf8'))).toMatchObject({
      file: 'in/good.wav',
      text: SPOKEN,
    });
    expect(existsSync(at('out/in/sub/twice.flac.txt'))).toBe(false);
    const { stdout: status } = await of('status');
    expect(status).toContain('archive: 5 jobs: 4 done, 0 under way, 0 waiting, 1 set aside\n');
    expect(status).toContain('  in/empty.wav: AUR_AUDIO_EMPTY: ');
    const seconds = (await lines('done')).map(({ audioSeconds }) => audioSeconds.toFixed(1));
    expect(seconds.sort()).toEqual(['2.1', '4.7', '4.7', '4.7']);

    expect((await of('retry')).stdout).toBe('1 jobs put back\n');
    expect((await of('cancel')).stdout).toBe('1 jobs cancelled\n');
    expect((await of('status')).stdout).toBe('archive: 4 jobs: 4 done, 0 under way, 0 waiting, 0 set aside\n');
  });

  it('says where no Redis is', async () => {
    await expect(here(['status', '--redis', 'redis://127.0.0.1:1'])).rejects.toMatchObject({
      code: 'AUR_JOB_REDIS',
      message: expect.stringContaining('redis://127.0.0.1:1'),
    });
  });
});
