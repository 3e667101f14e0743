import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest } from '@auricle/datasets/manifest';
import { prepareFsdd } from '@auricle/datasets/recipes/fsdd';
import { loadPcm } from '@auricle/datasets/utterance-loader';
import { describe, expect, it } from 'vitest';
import { corpusFolder } from '../../fixtures/corpora.js';
import { temporaryFolder, tone, wavBytes } from '../files.js';

const CORPUS = corpusFolder('fsdd');
const ONE_OF_EACH_SPLIT = ['3_theo_4.wav', '0_theo_5.wav', '9_theo_44.wav', '7_george_45.wav', '7_george_49.wav'];

const counts = (entries: Record<string, number>) =>
  Object.fromEntries(Object.entries(entries).map(([split, count]) => [split, { entries: count, quarantined: 0 }]));

async function writeRecordings(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(join(folder, name), wavBytes(tone(0.25, 8000), 8000));
}

describe('prepareFsdd', () => {
  it('splits by the index, texts by the digit, and leaves other files out', async () => {
    const folder = await temporaryFolder();
    const recordings = join(folder, 'recordings');
    await writeRecordings(recordings, [...ONE_OF_EACH_SPLIT, '12_theo_1.wav', 'theo.wav', '1_theo_1.mp3']);
    const out = join(folder, 'manifests', 'fsdd');
    expect(await prepareFsdd(recordings, out)).toEqual(counts({ train: 2, dev: 2, test: 1 }));

    const [test] = await readManifest(join(out, 'test.jsonl'));
    expect(test).toEqual({
      audio_filepath: '../../recordings/3_theo_4.wav',
      duration: 0.25,
      text: 'three',
      speaker: 'theo',
      lang: 'en',
    });
    expect((await loadPcm(join(out, 'test.jsonl'), test)).samples).toHaveLength(2000);
    const texts = async (split: string) => (await readManifest(join(out, `${split}.jsonl`))).map((u) => u.text);
    expect(await texts('train')).toEqual(['zero', 'nine']);
    expect(await texts('dev')).toEqual(['seven', 'seven']);
  });

  it('finds recordings in folders of their speakers', async () => {
    const folder = await temporaryFolder();
    await writeRecordings(join(folder, 'audio', 'theo'), ['1_theo_10.wav']);
    await writeRecordings(join(folder, 'audio', 'lucas'), ['1_lucas_10.wav']);
    expect(await prepareFsdd(folder, folder)).toEqual(counts({ train: 2, dev: 0, test: 0 }));
    const paths = (await readManifest(join(folder, 'train.jsonl'))).map((u) => u.audio_filepath);
    expect(paths).toEqual(['audio/lucas/1_lucas_10.wav', 'audio/theo/1_theo_10.wav']);
  });

  it('names a folder without recordings, and one that is missing', async () => {
    const folder = await temporaryFolder();
    for (const bad of [folder, join(folder, 'gone')])
      await expect(prepareFsdd(bad, folder)).rejects.toMatchObject({
        code: 'AUR_RECIPE_NO_FILES',
        message: `${bad}: found no recording named like 7_jackson_32.wav`,
      });
  });

  it('names the first reason when no recording is of use', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '1_theo_10.wav'), 'damaged');
    await expect(prepareFsdd(folder, folder)).rejects.toMatchObject({
      code: 'AUR_IMPORT_NOTHING',
      message: expect.stringMatching(/the first of 1 reasons: AUR_AUDIO_UNKNOWN_FORMAT: .*1_theo_10\.wav/),
    });
    expect(await readdir(folder)).toEqual(['1_theo_10.wav']);
  });

  it.skipIf(!CORPUS)('makes the official test split of the real corpus', async () => {
    const out = await temporaryFolder();
    expect(await prepareFsdd(join(CORPUS!, 'audio'), out)).toEqual(counts({ train: 2400, dev: 300, test: 300 }));
    const utterances = async (path: string) =>
      (await readManifest(path)).map((u) => `${u.audio_filepath?.split('/').at(-1)} ${u.text}`).sort();
    expect(await utterances(join(out, 'test.jsonl'))).toEqual(await utterances(join(CORPUS!, 'test.jsonl')));
  });
});
