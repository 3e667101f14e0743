import { join } from 'node:path';
import { importCsv } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collect, corpus, places } from './corpus.js';

const COLUMNS = { audio: 'path', text: 'sentence' };

describe('importCsv', () => {
  it('reads quoted fields, a byte order mark and Windows line ends, as spreadsheets write them', async () => {
    const folder = await corpus({
      't.csv': '\uFEFFpath,sentence\r\na.wav,"one, ""two""\r\nthree"\r\n\r\n"b.wav",four\r\n',
    });
    expect((await collect(importCsv(join(folder, 't.csv'), { columns: COLUMNS }))).drafts).toEqual([
      { audio_filepath: join(folder, 'a.wav'), text: 'one, "two" three' },
      { audio_filepath: join(folder, 'b.wav'), text: 'four' },
    ]);
  });

  it('takes speaker, id and language from the columns named, and keeps the other columns as notes', async () => {
    const folder = await corpus({
      't.csv':
        'client,path,sentence,code,refusal,locale,key,duration,\nc1,/a.wav,one,teens,no,de,k1,5,x\n,/b.wav,two,,,,,,\n',
    });
    const columns = { ...COLUMNS, speaker: 'client', id: 'key', lang: 'locale' };
    expect((await collect(importCsv(join(folder, 't.csv'), { columns }))).drafts).toEqual([
      // Whatever the table says, durations come from the audio.
      { audio_filepath: '/a.wav', text: 'one', speaker: 'c1', id: 'k1', lang: 'de', code: 'teens', refusal: 'no' },
      { audio_filepath: '/b.wav', text: 'two' },
    ]);
  });

  it('parts a TSV by tabs and takes its quotes as they are, as Common Voice writes them', async () => {
    const folder = await corpus({ 't.tsv': 'path\tsentence\na.mp3\t"Well," he said, "no\nb.mp3\tyes\n' });
    const { drafts } = await collect(
      importCsv(join(folder, 't.tsv'), { columns: COLUMNS, audioFolder: join(folder, 'clips') }),
    );
    expect(drafts).toEqual([
      { audio_filepath: join(folder, 'clips/a.mp3'), text: '"Well," he said, "no' },
      { audio_filepath: join(folder, 'clips/b.mp3'), text: 'yes' },
    ]);
  });

  it('takes another delimiter', async () => {
    const folder = await corpus({ 't.csv': 'path;sentence\na.wav;one, two\n' });
    const { drafts } = await collect(importCsv(join(folder, 't.csv'), { columns: COLUMNS, delimiter: ';' }));
    expect(drafts.map(({ text }) => text)).toEqual(['one, two']);
  });

  it('refuses rows that lack something, each by its line', async () => {
    const folder = await corpus({
      't.csv': Buffer.from('path,sentence\na.wav\n,two\nb.wav,three,more\nc.wav,caf\xe9\nd.wav,five\n', 'latin1'),
    });
    const path = join(folder, 't.csv');
    const { drafts, refused } = await collect(importCsv(path, { columns: COLUMNS }));
    expect(drafts.map(({ text }) => text)).toEqual(['five']);
    expect(places(refused)).toEqual([
      ['AUR_IMPORT_LINE', `${path}:2`],
      ['AUR_IMPORT_NO_AUDIO', `${path}:3`],
      ['AUR_IMPORT_LINE', `${path}:4`],
      ['AUR_IMPORT_ENCODING', `${path}:5`],
    ]);
  });

  it.each([
    [
      'a column that the header lacks',
      'path;sentence\n',
      'AUR_CSV_COLUMN',
      'no column "path" in its header (path;sentence)',
    ],
    ['an empty table', '', 'AUR_IMPORT_SOURCE', 'no header'],
    ['a column that is there twice', 'path,sentence,path\n', 'AUR_IMPORT_SOURCE', 'column "path" is there twice'],
    ['a quote that never ends', 'path,sentence\na,"b\n', 'AUR_IMPORT_SOURCE', 'Quote Not Closed'],
  ])('refuses %s', async (_, content, code, part) => {
    const path = join(await corpus({ 't.csv': content }), 't.csv');
    await expect(collect(importCsv(path, { columns: COLUMNS }))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`${path}: `),
    });
    await expect(collect(importCsv(path, { columns: COLUMNS }))).rejects.toThrow(part);
  });

  it('names a table that is missing', async () => {
    await expect(collect(importCsv('/nowhere.csv', { columns: COLUMNS }))).rejects.toMatchObject({
      code: 'AUR_IMPORT_SOURCE',
      message: expect.stringContaining('/nowhere.csv'),
    });
  });

  it('answers any bytes with rows or a coded error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), async (noise) => {
        const folder = await corpus({ 't.csv': Buffer.concat([Buffer.from('path,sentence\n'), noise]) });
        try {
          await collect(importCsv(join(folder, 't.csv'), { columns: COLUMNS }));
        } catch (error) {
          expect(error).toMatchObject({ code: 'AUR_IMPORT_SOURCE' });
        }
      }),
      { numRuns: 50 },
    );
  });
});
