import { join } from 'node:path';
import { importFolder } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { collect, corpus, places } from './corpus.js';

describe('importFolder', () => {
  it('takes the text of every recording from the .txt beside it, at any depth', async () => {
    const folder = await corpus({
      'b.wav': '',
      'b.txt': '\uFEFFtwo\r\nlines \n',
      'deep/er/a.b.FLAC': '',
      'deep/er/a.b.TXT': 'one',
      'deep/._a.wav': '',
      'notes.md': '',
    });
    expect(await collect(importFolder(folder))).toEqual({
      drafts: [
        { audio_filepath: join(folder, 'b.wav'), text: 'two lines' },
        { audio_filepath: join(folder, 'deep/er/a.b.FLAC'), text: 'one' },
      ],
      refused: [],
    });
  });

  it('names what stands alone and what is not UTF-8', async () => {
    const folder = await corpus({
      'a.wav': '',
      'b.txt': 'x',
      'c.opus': '',
      'c.txt': Buffer.from('caf\xe9', 'latin1'),
      'd.wav': '',
      'd.txt/inside.md': '',
    });
    const { drafts, refused } = await collect(importFolder(folder));
    expect(drafts).toEqual([]);
    expect(places(refused)).toEqual([
      ['AUR_IMPORT_NO_TEXT', join(folder, 'a.wav')],
      ['AUR_IMPORT_ENCODING', join(folder, 'c.opus')],
      ['AUR_IMPORT_SOURCE', join(folder, 'd.wav')],
      ['AUR_IMPORT_NO_AUDIO', join(folder, 'b.txt')],
    ]);
  });

  it('names a folder that is missing', async () => {
    await expect(collect(importFolder('/nowhere'))).rejects.toMatchObject({
      code: 'AUR_IMPORT_SOURCE',
      message: expect.stringContaining('/nowhere'),
    });
  });
});
