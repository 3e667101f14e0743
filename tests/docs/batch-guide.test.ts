/** docs/guides/batch.md, command by command, on a Redis of the test's own; and the manifests of deploy/batch, whose commands must be ones that there are. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { batchCommand } from '@auricle/cli/commands/batch/index';
import { serveConfigSchema } from '@auricle/cli/serve/config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { HAS_REDIS, startRedis, type TestRedis } from '../fixtures/redis.js';
import { type Guide, openGuide, ROOT } from './guide.js';

const SPOKEN = 'three one four one five nine two';

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('batch.md');
  await mkdir(guide.at('archive/2024'), { recursive: true });
  for (const name of ['a.wav', '2024/b.wav'])
    await copyFile(join(ROOT, 'models/digits-en/recording.wav'), guide.at(`archive/${name}`));
});
afterAll(() => guide.remove());

/** @returns whether every option is one of the subcommand's */
function isCommand(args: readonly string[]): boolean {
  const [auricle, batch, name, ...rest] = args;
  const command = batchCommand.commands.find((one) => one.name() === name);
  const known = new Set(command?.options.map(({ long }) => long));
  return auricle === 'auricle' && batch === 'batch' && rest.every((arg) => !arg.startsWith('--') || known.has(arg));
}

describe('the guide to batches', () => {
  it('works without a Redis as it says', { timeout: 300_000 }, async () => {
    expect(guide.commands).toHaveLength(4);
    guide.run(guide.commands[3]);
    expect(await readFile(guide.at('texts-here/2024/b.wav.txt'), 'utf8')).toBe(`${SPOKEN}\n`);
  });

  it('has settings and commands that there are', () => {
    expect(serveConfigSchema.safeParse(parse(guide.block('yaml'))).success).toBe(true);
    const line = /^npx (auricle batch work --name .*)$/m.exec(guide.text)![1];
    expect(isCommand(line.split(' '))).toBe(true);
  });
});

describe.skipIf(!HAS_REDIS)('the guide to batches on a Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
    process.env.AURICLE_REDIS = redis.url;
  });
  afterAll(async () => {
    delete process.env.AURICLE_REDIS;
    await redis.stop();
  });

  it('takes an archive to texts, every command as it stands', { timeout: 300_000 }, async () => {
    const [submit, work, status] = guide.commands;
    expect(guide.run(submit)).toBe('2 jobs submitted to auricle\n');
    guide.run(work);
    for (const name of ['a', '2024/b']) {
      expect(await readFile(guide.at(`texts/${name}.wav.txt`), 'utf8')).toBe(`${SPOKEN}\n`);
      expect(JSON.parse(await readFile(guide.at(`texts/${name}.wav.json`), 'utf8'))).toMatchObject({ text: SPOKEN });
    }
    expect(guide.run(status)).toBe('auricle: 2 jobs: 2 done, 0 under way, 0 waiting, 0 set aside\n');
  });
});

describe('the manifests of deploy/batch', () => {
  const read = (name: string) => readFile(join(ROOT, 'deploy/batch', name), 'utf8');

  it('for compose submit and work by commands that there are', async () => {
    const { services } = parse(await read('compose.yaml'), { merge: true });
    for (const name of ['submit', 'worker']) {
      expect(isCommand(services[name].command)).toBe(true);
      expect(services[name].environment.AURICLE_REDIS).toBe('redis://redis:6379');
    }
    expect(services.redis.command).toContain('--appendonly');
  });

  it('for Kubernetes have several workers, and volumes for all that is mounted', async () => {
    const documents = parseAllDocuments(await read('kubernetes.yaml')).map((document) => document.toJS());
    expect(documents.map(({ kind }) => kind)).toEqual(['Service', 'StatefulSet', 'Job', 'Job']);
    for (const { spec } of documents.slice(2)) {
      const { containers, volumes } = spec.template.spec;
      const [{ args, volumeMounts }] = containers;
      expect(isCommand(args)).toBe(true);
      const names = volumes.map(({ name }: { name: string }) => name);
      expect(volumeMounts.map(({ name }: { name: string }) => name)).toEqual(names);
    }
    expect(documents[3].spec.parallelism).toBeGreaterThan(1);
  });
});
