import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { indexManifest, Random, type SampleOptions, sampleManifest, shuffledIndices } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './files.js';

const COUNT = 700;

/** Numbered texts with characters of several bytes, and blank lines between. */
async function manifest(): Promise<string> {
  const path = join(await temporaryFolder(), 'm.jsonl');
  const lines = Array.from(
    { length: COUNT },
    (_, i) =>
      `${JSON.stringify({ audio_filepath: 'ü.wav', duration: 1, text: `${i}` })}${i % 7 === 0 ? '\r\n\n' : '\n'}`,
  );
  await writeFile(path, `\uFEFF${lines.join('')}`);
  return path;
}

async function texts(path: string, options: SampleOptions): Promise<number[]> {
  const seen: number[] = [];
  for await (const { text } of sampleManifest(await indexManifest(path), options)) seen.push(Number(text));
  return seen;
}

describe('sampleManifest', () => {
  it('gives every line once, in an order that only seed and epoch decide', async () => {
    const path = await manifest();
    const first = await texts(path, { seed: 1, epoch: 0 });
    expect(first.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i));
    expect(await texts(path, { seed: 1, epoch: 0 })).toEqual(first);
    for (const other of [
      { seed: 1, epoch: 1 },
      { seed: 2, epoch: 0 },
    ]) {
      const order = await texts(path, other);
      const same = order.filter((text, i) => text === first[i]).length;
      expect(same).toBeLessThan(COUNT / 50);
    }
  });

  it('goes on from any position', async () => {
    const path = await manifest();
    const all = await texts(path, { seed: 1, epoch: 3 });
    for (const position of [1, 256, 300, COUNT])
      expect(await texts(path, { seed: 1, epoch: 3, position })).toEqual(all.slice(position));
  });

  it('names file and line of a bad line', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    await writeFile(path, '\n\n{"duration": 1}\n');
    await expect(texts(path, { seed: 1, epoch: 0 })).rejects.toMatchObject({
      code: 'AUR_MANIFEST_FIELD',
      message: expect.stringContaining(`${path}:3: `),
    });
  });
});

describe('shuffledIndices', () => {
  it('gives each number each place as often', () => {
    const random = new Random(5);
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let i = 0; i < 8000; i++)
      shuffledIndices(4, random).forEach((number, place) => {
        counts[number][place]++;
      });
    for (const count of counts.flat()) expect(Math.abs(count - 2000)).toBeLessThan(200);
  });
});
