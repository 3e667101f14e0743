import { join, relative } from 'node:path';
import { importKaldi } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { collect, corpus, places } from './corpus.js';

describe('importKaldi', () => {
  it('joins wav.scp, text, utt2spk and utt2dur by utterance', async () => {
    const folder = await corpus({
      'wav.scp': 'u1 /data/one.wav\nu2   audio/two words.flac \n',
      text: 'u1 ONE  TWO\nu2\n',
      utt2spk: 'u1 s1\n',
      utt2dur: 'u1 1.25\n',
    });
    expect(await collect(importKaldi(folder))).toEqual({
      drafts: [
        { audio_filepath: '/data/one.wav', text: 'ONE  TWO', id: 'u1', duration: 1.25, speaker: 's1' },
        { audio_filepath: join(folder, 'audio/two words.flac'), text: '', id: 'u2' },
      ],
      refused: [],
    });
  });

  it('cuts utterances out of recordings by segments; an end of -1 is the recording’s', async () => {
    const folder = await corpus({
      'wav.scp': 'call /data/call.wav\n',
      segments: 'u1 call 0.1 0.4\nu2 call 1.5 -1\n',
      text: 'u1 A\nu2 B\n',
      // In a folder with segments this is theirs, and they tell their durations themselves.
      utt2dur: 'u1 9\n',
    });
    expect((await collect(importKaldi(folder))).drafts).toEqual([
      { audio_filepath: '/data/call.wav', text: 'A', id: 'u1', offset: 0.1, duration: 0.3 },
      { audio_filepath: '/data/call.wav', text: 'B', id: 'u2', offset: 1.5 },
    ]);
  });

  it('takes a relative path from the working directory, as Kaldi does, where there is such a file', async () => {
    const folder = await corpus({ 'wav.scp': 'u1 PLACE\nu2 gone.wav\n', text: 'u1 A\nu2 B\n', 'a.wav': '' });
    const here = relative(process.cwd(), join(folder, 'a.wav'));
    const moved = await corpus({ 'wav.scp': `u1 ${here}\nu2 gone.wav\n`, text: 'u1 A\nu2 B\n' });
    const paths = (await collect(importKaldi(moved))).drafts.map((draft) => draft.audio_filepath);
    expect(paths).toEqual([join(folder, 'a.wav'), join(moved, 'gone.wav')]);
  });

  it.each(['sph2pipe -f wav a.sph |', 'gunzip -c a.wav.gz|', '-'])('never runs a command: %s', async (command) => {
    const folder = await corpus({ 'wav.scp': `u1 /a.wav\nu2 ${command}\n`, text: 'u1 A\nu2 B\n' });
    const { drafts, refused } = await collect(importKaldi(folder));
    expect(drafts.map(({ id }) => id)).toEqual(['u1']);
    expect(refused).toEqual([
      {
        where: `${join(folder, 'wav.scp')}:2`,
        code: 'AUR_KALDI_PIPE',
        message: expect.stringContaining(`wav.scp:2: "${command}" is a command: expected the path of a file`),
      },
    ]);
  });

  it('refuses the entries that lack something, each by its line', async () => {
    const folder = await corpus({
      'wav.scp': 'r1 /a.wav\nr2 \n',
      segments: 'u1 r1 0 1\nu2 r9 0 1\nu3 r1 2 1\nu4 r1 x 1\nu5 r1 0\nu6 r2 0 1\nu7 r1 0 1\n',
      text: 'u1 A\nu2 A\nu3 A\nu4 A\nu5 A\nu6 A\nu8 A\n',
    });
    const { drafts, refused } = await collect(importKaldi(folder));
    expect(drafts.map(({ id }) => id)).toEqual(['u1']);
    const at = (name: string, line: number) => `${join(folder, name)}:${line}`;
    expect(places(refused)).toEqual([
      ['AUR_IMPORT_NO_AUDIO', at('segments', 2)],
      ['AUR_IMPORT_LINE', at('segments', 3)],
      ['AUR_IMPORT_LINE', at('segments', 4)],
      ['AUR_IMPORT_LINE', at('segments', 5)],
      ['AUR_IMPORT_LINE', at('wav.scp', 2)],
      ['AUR_IMPORT_NO_TEXT', at('segments', 7)],
      ['AUR_IMPORT_NO_AUDIO', at('text', 7)],
    ]);
  });

  it('refuses a duration that is none and a text that is not UTF-8', async () => {
    const folder = await corpus({
      'wav.scp': 'u1 /a.wav\nu2 /b.wav\n',
      text: Buffer.from('u1 caf\xe9\nu2 A\n', 'latin1'),
      utt2dur: 'u2 long\n',
    });
    const { drafts, refused } = await collect(importKaldi(folder));
    expect(drafts).toEqual([]);
    expect(places(refused)).toEqual([
      ['AUR_IMPORT_ENCODING', `${join(folder, 'text')}:1`],
      ['AUR_IMPORT_LINE', `${join(folder, 'utt2dur')}:1`],
    ]);
  });

  it('names a file that is missing, and a key that is there twice', async () => {
    await expect(collect(importKaldi(await corpus({ 'wav.scp': 'u /a.wav' })))).rejects.toMatchObject({
      code: 'AUR_MANIFEST_MISSING',
      message: expect.stringContaining('/text: '),
    });
    const folder = await corpus({ 'wav.scp': 'u /a.wav\nu /b.wav', text: 'u A' });
    await expect(collect(importKaldi(folder))).rejects.toMatchObject({
      code: 'AUR_IMPORT_LINE',
      message: expect.stringContaining('wav.scp:2: "u" is given twice'),
    });
  });
});
