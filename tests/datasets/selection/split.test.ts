import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest, resolvePath, type SplitOptions, splitManifest, writeManifest } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';
import { speakersCorpus } from './speakers.js';

const FRACTIONS = { train: 0.8, dev: 0.1, test: 0.1 };
const options = (more: Partial<SplitOptions> = {}): SplitOptions => ({
  ...{ by: 'speaker', fractions: FRACTIONS, seed: 1 },
  ...more,
});

const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`s${i}`, 2 + (i % 3)]));

async function texts(path: string): Promise<string[]> {
  return (await readManifest(path)).map(({ text }) => text);
}

describe('splitManifest', () => {
  it('gives each speaker to one part, by shares of the hours, and every line to one place', async () => {
    const folder = await speakersCorpus(twenty);
    const all = join(folder, 'in/all.jsonl');
    const out = join(folder, 'out/deep');
    const parts = await splitManifest(all, out, options());
    expect(parts.map(({ path }) => path)).toEqual(['train', 'dev', 'test'].map((name) => join(out, `${name}.jsonl`)));
    const total = parts.reduce((sum, { seconds }) => sum + seconds, 0);
    expect(total).toBe((await readManifest(all)).length);
    for (const { name, seconds, utterances, path } of parts) {
      expect(Math.abs(seconds / total - FRACTIONS[name as keyof typeof FRACTIONS])).toBeLessThan(0.1);
      expect(await texts(path)).toHaveLength(utterances);
    }
    const lines = await Promise.all(parts.map(({ path }) => readManifest(path)));
    const speakers = lines.map((part) => new Set(part.map(({ speaker }) => speaker)));
    expect(parts.map((part) => part.speakers)).toEqual(speakers.map(({ size }) => size));
    expect(speakers.reduce((sum, { size }) => sum + size, 0)).toBe(20);
    // Paths lead to the same files, notes survive, the order stays.
    const [first] = lines[0];
    expect(resolvePath(parts[0].path, first)).toBe(join(folder, 'in', first.text.replace(' ', '/').concat('.wav')));
    expect(first.note).toEqual([Number(first.text.split(' ')[1])]);
    const order = await texts(all);
    for (const part of lines) {
      const places = part.map(({ text }) => order.indexOf(text));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });

  it('gives utterances by count', async () => {
    const folder = await speakersCorpus({ a: 30, b: 33 });
    const parts = await splitManifest(join(folder, 'in/all.jsonl'), folder, options({ by: 'utterance' }));
    expect(parts.map(({ utterances }) => utterances)).toEqual([50, 7, 6]);
    const seen = (await Promise.all(parts.map(({ path }) => texts(path)))).flat();
    expect(new Set(seen).size).toBe(63);
  });

  it.each(['speaker', 'utterance'] as const)('depends by %s on the seed alone', async (by) => {
    const folder = await speakersCorpus(twenty);
    const train = async (seed: number) => {
      const [part] = await splitManifest(join(folder, 'in/all.jsonl'), folder, options({ by, seed }));
      return texts(part.path);
    };
    const first = await train(1);
    expect(await train(2)).not.toEqual(first);
    expect(await train(1)).toEqual(first);
  });

  it.each([
    ['fractions', { fractions: { train: 0.5, dev: 0.1 } }, 'fractions: expected fractions that add up to 1'],
    ['names', { fractions: { '../train': 1 } }, 'fractions.../train'],
    ['seed', { seed: -1 }, 'seed: '],
    ['by', { by: 'mood' as SplitOptions['by'] }, 'by: '],
    ['unknown', { ratio: 1 } as object, 'ratio'],
  ])('refuses wrong %s by name', async (_, wrong, part) => {
    const act = splitManifest('/nowhere.jsonl', '/nowhere', options(wrong));
    await expect(act).rejects.toMatchObject({
      code: 'AUR_DATA_OPTIONS',
      message: expect.stringContaining(part),
    });
  });

  it('refuses to leave a part empty, and a line without speaker', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'all.jsonl');
    const line = { audio_filepath: 'a.wav', duration: 1, text: 'x' };
    await writeManifest(path, [
      { ...line, speaker: 'a' },
      { ...line, speaker: 'b' },
    ]);
    for (const [by, seen] of [
      ['speaker', '2 speakers'],
      ['utterance', '2 lines'],
    ] as const)
      await expect(splitManifest(path, folder, options({ by }))).rejects.toMatchObject({
        code: 'AUR_DATA_TOO_FEW',
        message: expect.stringContaining(`3 parts wanted, but the manifest has ${seen}`),
      });
    await writeManifest(path, [{ ...line, speaker: 'a' }, line]);
    await expect(splitManifest(path, folder, options())).rejects.toMatchObject({
      code: 'AUR_DATA_NO_SPEAKER',
      message: expect.stringContaining(`${path}:2`),
    });
    expect(await readdir(folder)).toEqual(['all.jsonl']);
  });
});
