import { join } from 'node:path';
import { importLibrispeech } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { collect, corpus, places } from './corpus.js';

describe('importLibrispeech', () => {
  it('takes ids, speakers and texts from the transcripts, and audio of any format beside them', async () => {
    const folder = await corpus({
      '84/121/84-121.trans.txt': '84-121-0000 GO DO  YOU HEAR\n84-121-0001 BUT\n',
      '84/121/84-121-0000.flac': '',
      '84/121/84-121-0001.opus': '',
      '9/7/9-7.trans.txt': '9-7-0000 YES\n',
      '9/7/9-7-0000.wav': '',
    });
    const path = (name: string) => join(folder, name);
    expect(await collect(importLibrispeech(folder))).toEqual({
      drafts: [
        { audio_filepath: path('84/121/84-121-0000.flac'), text: 'GO DO  YOU HEAR', id: '84-121-0000', speaker: '84' },
        { audio_filepath: path('84/121/84-121-0001.opus'), text: 'BUT', id: '84-121-0001', speaker: '84' },
        { audio_filepath: path('9/7/9-7-0000.wav'), text: 'YES', id: '9-7-0000', speaker: '9' },
      ],
      refused: [],
    });
  });

  it('reads a folder that is one chapter', async () => {
    const folder = await corpus({ '1-2.trans.txt': '1-2-3 A\n', '1-2-3.flac': '' });
    expect((await collect(importLibrispeech(folder))).drafts.map(({ id }) => id)).toEqual(['1-2-3']);
  });

  it('names the lines without audio, and a folder without transcripts', async () => {
    const folder = await corpus({ '1/2/1-2.trans.txt': '1-2-3 A\n1-2-4 B\n', '1/2/1-2-4.flac': '', '1-2-3.flac': '' });
    const { drafts, refused } = await collect(importLibrispeech(folder));
    expect(drafts.map(({ id }) => id)).toEqual(['1-2-4']);
    expect(places(refused)).toEqual([['AUR_IMPORT_NO_AUDIO', `${join(folder, '1/2/1-2.trans.txt')}:1`]]);
    await expect(collect(importLibrispeech(await corpus({ 'a.txt': '' })))).rejects.toMatchObject({
      code: 'AUR_IMPORT_SOURCE',
      message: expect.stringContaining('trans.txt'),
    });
  });
});
