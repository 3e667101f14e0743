import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { downloadCommonVoice, prepareCommonVoice } from '@auricle/datasets/recipes/common-voice';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';
import { MINIATURES, packed } from './miniatures.js';

const { archives } = MINIATURES.find(({ corpus }) => corpus === 'Common Voice')!;
const [[name, files]] = Object.entries(archives);

describe('downloadCommonVoice', () => {
  it('unpacks an archive that was fetched by hand, and leaves it where it is', async () => {
    const archive = join(await temporaryFolder(), name);
    const bytes = await packed(name, files);
    await writeFile(archive, bytes);
    const folder = join(await temporaryFolder(), 'new');
    await downloadCommonVoice(folder, { archive });
    expect(await readdir(folder)).toEqual(['common-voice']);
    expect(await readdir(join(folder, 'common-voice'))).toContain('train.tsv');
    expect(await readFile(archive)).toEqual(bytes);
  });

  it.each([undefined, ''])('asks for the archive, given %j', async (archive) => {
    await expect(downloadCommonVoice(await temporaryFolder(), { archive })).rejects.toMatchObject({
      code: 'AUR_RECIPE_SOURCE',
      message: 'Common Voice: expected the address or the path of the archive that you were given after signing in',
    });
  });
});

describe('prepareCommonVoice', () => {
  /** A folder with the three tables, each with this header and no clip. */
  async function tables(header: string): Promise<string> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'clips'));
    for (const split of ['train', 'dev', 'test']) await writeFile(join(folder, `${split}.tsv`), `${header}\n`);
    return folder;
  }

  it('names a column that is missing, and those that are there', async () => {
    const folder = await tables('client_id\tpath\ttext');
    await expect(prepareCommonVoice(folder, join(folder, 'out'))).rejects.toMatchObject({
      code: 'AUR_CSV_COLUMN',
      message: `${join(folder, 'train.tsv')}: no column "sentence" in its header (client_id, path, text)`,
    });
  });

  it('does without a table of durations and a column of the language, as old releases have none', async () => {
    const folder = await tables('client_id\tpath\tsentence');
    await writeFile(join(folder, 'clips', 'a.mp3'), files['cv-corpus-17.0-2024-03-15/en/clips/common_voice_en_1.mp3']);
    await writeFile(join(folder, 'dev.tsv'), 'client_id\tpath\tsentence\nx\ta.mp3\tHello.\n');
    expect(await prepareCommonVoice(folder, folder)).toMatchObject({
      train: { entries: 0 },
      dev: { entries: 1 },
      test: { entries: 0 },
    });
    expect(JSON.parse(await readFile(join(folder, 'dev.jsonl'), 'utf8'))).toEqual({
      audio_filepath: 'clips/a.mp3',
      text: 'Hello.',
      speaker: 'x',
      duration: 0.25,
    });
  });

  it.each(['0', '-1', 'long'])('leaves out a clip that the table calls %s ms long', async (milliseconds) => {
    const folder = await tables('client_id\tpath\tsentence');
    await writeFile(join(folder, 'clips', 'a.mp3'), 'not read');
    await writeFile(join(folder, 'train.tsv'), 'client_id\tpath\tsentence\nx\ta.mp3\tHello.\n');
    await writeFile(join(folder, 'clip_durations.tsv'), `clip\tduration[ms]\na.mp3\t${milliseconds}\n`);
    await expect(prepareCommonVoice(folder, join(folder, 'out'))).rejects.toMatchObject({
      code: 'AUR_IMPORT_NOTHING',
      message: expect.stringContaining('a.mp3'),
    });
  });
});
