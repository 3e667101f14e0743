/** docs/guides/data.md, command by command, on a miniature of what its reader has: recordings and a spreadsheet. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { encodeWav } from '@auricle/audio';
import { Random, readManifest } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toneSamples } from '../fixtures/tone-corpus.js';
import { type Guide, openGuide } from './guide.js';

const RATE = 16_000;
const SPEAKERS = ['anna', 'bert', 'carla', 'dirk'];

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('data.md');
  await writeFile(guide.at('recipe.yaml'), guide.block('yaml'));

  const random = new Random(5);
  const rows = ['file,transcript,speaker'];
  await mkdir(guide.at('recordings'));
  for (let i = 0; i < 24; i++) {
    const words = [i % 2 === 0 ? 'lo' : 'hi', i % 3 === 0 ? 'lo' : 'hi'];
    const name = `recordings/${String(i).padStart(3, '0')}.wav`;
    await writeFile(guide.at(name), encodeWav({ samples: toneSamples(words, random), sampleRate: RATE }));
    rows.push(`${name},"${words[0].toUpperCase()}, ${words[1]}!",${SPEAKERS[i % 4]}`);
  }
  rows.push('recordings/gone.wav,lo,anna');
  await writeFile(guide.at('recordings.csv'), rows.join('\n'));
});
afterAll(() => guide.remove());

describe('the guide to data', () => {
  it('takes a folder of recordings and a spreadsheet to a model in training, every command as it stands', async () => {
    expect(guide.commands).toHaveLength(7);
    for (const command of guide.commands) guide.run(command);

    expect(await readManifest(guide.at('data/all.jsonl'))).toHaveLength(24);
    expect(await readFile(guide.at('data/all.quarantine.jsonl'), 'utf8')).toContain('gone.wav');
    const [first] = await readManifest(guide.at('data/spoken.jsonl'));
    expect(first).toMatchObject({ text: 'lo lo', text_original: 'LO, lo!' });

    const parts = await Promise.all(
      ['train', 'dev', 'test'].map((part) => readManifest(guide.at(`data/parts/${part}.jsonl`))),
    );
    expect(parts.map((part) => part.length)).toEqual([12, 6, 6]);
    const speakers = parts.map((part) => new Set(part.map((u) => u.speaker)));
    expect(speakers.reduce((sum, { size }) => sum + size, 0)).toBe(SPEAKERS.length);

    expect(await readManifest(guide.at('data/checked/train/clean.jsonl'))).toHaveLength(12);
    expect(await readFile(guide.at('data/checked/train/clean.html'), 'utf8')).toContain('<svg');
    expect(await readFile(guide.at('data/vocabulary/tokens.txt'), 'utf8')).toBe('<blk> 0\n▁ 1\nh 2\ni 3\nl 4\no 5\n');

    const records = (await readFile(guide.at('runs/first/metrics.jsonl'), 'utf8')).trim().split('\n');
    const epochs = records.map((line) => JSON.parse(line)).filter(({ kind }) => kind === 'epoch');
    expect(epochs).toMatchObject([
      { epoch: 1, leftOut: {} },
      { epoch: 2, leftOut: {} },
    ]);
    expect(await readdir(guide.at('runs/first/checkpoints'))).toContain('best.safetensors');
    expect((await readdir(guide.at('data/features'))).some((name) => name.endsWith('.shard'))).toBe(true);
  });
});
