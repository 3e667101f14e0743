/** docs/guides/data.md, command by command, on a miniature of what its reader has: recordings and a spreadsheet. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { Random, readManifest } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toneSamples } from '../fixtures/tone-corpus.js';

const ROOT = resolve(import.meta.dirname, '../..');
const RATE = 16_000;
const SPEAKERS = ['anna', 'bert', 'carla', 'dirk'];

let folder: string;
let commands: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-guide-'));
  const guide = await readFile(join(ROOT, 'docs/guides/data.md'), 'utf8');
  commands = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].flatMap((match) => match[1].trim().split('\n'));
  await writeFile(join(folder, 'recipe.yaml'), /^```yaml\n(.*?)^```/ms.exec(guide)![1]);

  const random = new Random(5);
  const rows = ['file,transcript,speaker'];
  await mkdir(join(folder, 'recordings'));
  for (let i = 0; i < 24; i++) {
    const words = [i % 2 === 0 ? 'lo' : 'hi', i % 3 === 0 ? 'lo' : 'hi'];
    const name = `recordings/${String(i).padStart(3, '0')}.wav`;
    await writeFile(join(folder, name), encodeWav({ samples: toneSamples(words, random), sampleRate: RATE }));
    rows.push(`${name},"${words[0].toUpperCase()}, ${words[1]}!",${SPEAKERS[i % 4]}`);
  }
  rows.push('recordings/gone.wav,lo,anna');
  await writeFile(join(folder, 'recordings.csv'), rows.join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

function run(command: string): string {
  const [npx, auricle, ...options] = command.split(' ');
  expect([npx, auricle]).toEqual(['npx', 'auricle']);
  return execFileSync(process.execPath, [join(ROOT, 'cli/bin/auricle.js'), ...options], {
    cwd: folder,
    encoding: 'utf8',
  });
}
const at = (name: string) => join(folder, name);

describe('the guide to data', () => {
  it('takes a folder of recordings and a spreadsheet to a model in training, every command as it stands', async () => {
    expect(commands).toHaveLength(7);
    for (const command of commands) run(command);

    expect(await readManifest(at('data/all.jsonl'))).toHaveLength(24);
    expect(await readFile(at('data/all.quarantine.jsonl'), 'utf8')).toContain('gone.wav');
    const [first] = await readManifest(at('data/spoken.jsonl'));
    expect(first).toMatchObject({ text: 'lo lo', text_original: 'LO, lo!' });

    const parts = await Promise.all(
      ['train', 'dev', 'test'].map((part) => readManifest(at(`data/parts/${part}.jsonl`))),
    );
    expect(parts.map((part) => part.length)).toEqual([12, 6, 6]);
    const speakers = parts.map((part) => new Set(part.map((u) => u.speaker)));
    expect(speakers.reduce((sum, { size }) => sum + size, 0)).toBe(SPEAKERS.length);

    expect(await readManifest(at('data/checked/train/clean.jsonl'))).toHaveLength(12);
    expect(await readFile(at('data/checked/train/clean.html'), 'utf8')).toContain('<svg');
    expect(await readFile(at('data/vocabulary/tokens.txt'), 'utf8')).toBe('<blk> 0\n▁ 1\nh 2\ni 3\nl 4\no 5\n');

    const metrics = (await readFile(at('runs/first/metrics.jsonl'), 'utf8')).trim().split('\n');
    expect(metrics.map((line) => JSON.parse(line))).toMatchObject([
      { epoch: 1, leftOut: {} },
      { epoch: 2, leftOut: {} },
    ]);
    expect(await readdir(at('runs/first/checkpoints'))).toContain('best.safetensors');
    expect((await readdir(at('data/features'))).some((name) => name.endsWith('.shard'))).toBe(true);
  });
});
