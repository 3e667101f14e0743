import { join } from 'node:path';
import { type FilterOptions, filterManifest, readManifest, writeManifest } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';

const LINES = [
  { audio_filepath: 'a.wav', duration: 1, text: 'one two', speaker: 'x' },
  { audio_filepath: 'b.wav', duration: 2, text: 'three', speaker: 'y' },
  { audio_filepath: 'c.wav', duration: 3, text: 'Ünf', speaker: 'z', note: 1 },
  { audio_filepath: 'd.wav', duration: 4, text: '' },
];

async function kept(options: FilterOptions): Promise<string> {
  const folder = await temporaryFolder();
  await writeManifest(join(folder, 'all.jsonl'), LINES);
  const out = join(folder, 'out/some.jsonl');
  const filtered = await filterManifest(join(folder, 'all.jsonl'), out, options);
  const utterances = await readManifest(out);
  expect(filtered).toEqual({
    kept: utterances.length,
    dropped: LINES.length - utterances.length,
    seconds: utterances.reduce((sum, { duration }) => sum + duration, 0),
  });
  return utterances.map(({ audio_filepath }) => audio_filepath!.replace(/^\.\.\/(.)\.wav$/, '$1')).join('');
}

describe('filterManifest', () => {
  it.each<[FilterOptions, string]>([
    [{}, 'abcd'],
    [{ minimumSeconds: 2 }, 'bcd'],
    [{ maximumSeconds: 2 }, 'ab'],
    [{ minimumSeconds: 2, maximumSeconds: 3 }, 'bc'],
    [{ speakers: ['x', 'z'] }, 'ac'],
    [{ text: '^(one|\\p{Lu})' }, 'ac'],
    [{ text: '^$' }, 'd'],
    [{ speakers: ['x', 'z'], text: 'n', minimumSeconds: 2 }, 'c'],
  ])('%j keeps %s', async (options, names) => {
    expect(await kept(options)).toBe(names);
  });

  it.each([
    [{ text: '(' }, 'text: expected a regular expression (seen: "(")'],
    [{ minimumSeconds: Number.NaN }, 'minimumSeconds: '],
    [{ speakers: [] }, 'speakers: '],
    [{ mood: 1 } as FilterOptions, 'mood'],
  ])('refuses %j by name', async (options, part) => {
    await expect(kept(options)).rejects.toMatchObject({
      code: 'AUR_DATA_OPTIONS',
      message: expect.stringContaining(part),
    });
  });
});
