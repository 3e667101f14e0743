import { join } from 'node:path';
import { readManifest, type SubsetOptions, subsetManifest, writeManifest } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { speakersCorpus } from './speakers.js';

const options = (more: Partial<SubsetOptions>): SubsetOptions => ({ balanceSpeakers: false, seed: 1, ...more });

async function draw(folder: string, more: Partial<SubsetOptions>) {
  const out = join(folder, 'some.jsonl');
  const subset = await subsetManifest(join(folder, 'in/all.jsonl'), out, options(more));
  const utterances = await readManifest(out);
  const speakers = utterances.map(({ speaker }) => speaker);
  expect(subset).toMatchObject({ utterances: utterances.length, speakers: new Set(speakers).size });
  return { subset, utterances, texts: utterances.map(({ text }) => text), speakers };
}

describe('subsetManifest', () => {
  it('draws so many utterances, each once, in the manifest’s order, by the seed alone', async () => {
    const folder = await speakersCorpus({ a: 60, b: 40 });
    const { texts, utterances } = await draw(folder, { utterances: 50 });
    expect(new Set(texts).size).toBe(50);
    const order = (await readManifest(join(folder, 'in/all.jsonl'))).map(({ text }) => text);
    const places = texts.map((text) => order.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    // From everywhere in the manifest.
    expect(places.filter((place) => place < 50).length).toBeGreaterThan(10);
    expect(places.filter((place) => place >= 50).length).toBeGreaterThan(10);
    expect(utterances[0].audio_filepath).toBe(`in/${texts[0].replace(' ', '/')}.wav`);
    expect((await draw(folder, { utterances: 50 })).texts).toEqual(texts);
    expect((await draw(folder, { utterances: 50, seed: 2 })).texts).not.toEqual(texts);
  });

  it('draws so many hours and at most one line more', async () => {
    const folder = await speakersCorpus({ a: 30 });
    expect((await draw(folder, { hours: 9.5 / 3600 })).subset).toEqual({ utterances: 10, seconds: 10, speakers: 1 });
  });

  it('lets speakers take turns, so that only a speaker who has no more lines has fewer', async () => {
    const folder = await speakersCorpus({ a: 100, b: 20, c: 2 });
    const { speakers } = await draw(folder, { utterances: 20, balanceSpeakers: true });
    const count = (name: string) => speakers.filter((speaker) => speaker === name).length;
    expect(count('c')).toBe(2);
    expect([count('a'), count('b')]).toEqual([9, 9]);
  });

  it('refuses more than there is', async () => {
    const folder = await speakersCorpus({ a: 3 });
    for (const [more, part] of [
      [{ utterances: 4 }, '4 utterances wanted, but the manifest has 3 utterances'],
      [{ hours: 1 }, '1 h wanted, but the manifest has 0.001 h'],
    ] as const)
      await expect(draw(folder, more)).rejects.toMatchObject({
        code: 'AUR_DATA_TOO_FEW',
        message: expect.stringContaining(part),
      });
  });

  it('refuses to balance lines without speakers', async () => {
    const folder = await speakersCorpus({ a: 1 });
    await writeManifest(join(folder, 'in/all.jsonl'), [{ audio_filepath: 'a.wav', duration: 1, text: 'x' }]);
    await expect(draw(folder, { utterances: 1, balanceSpeakers: true })).rejects.toMatchObject({
      code: 'AUR_DATA_NO_SPEAKER',
    });
  });

  it.each([
    [{}, 'expected either utterances or hours'],
    [{ utterances: 1, hours: 1 }, 'expected either utterances or hours'],
    [{ utterances: 1.5 }, 'utterances: '],
    [{ hours: 0 }, 'hours: '],
  ])('refuses %j by name', async (more, part) => {
    await expect(subsetManifest('/nowhere.jsonl', '/nowhere', options(more))).rejects.toMatchObject({
      code: 'AUR_DATA_OPTIONS',
      message: expect.stringContaining(part),
    });
  });
});
