import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchTranscripts, readHypotheses, utteranceId, writeHypotheses } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-transcripts-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, ...lines: (string | object)[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
  return path;
}
const coded = (code: string, ...things: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(things.join('.*'), 's')) });

describe('matchTranscripts', () => {
  it.each([
    ['.trn', ['a b (x-1)', ';; a comment', ' (x-2)'], ['(x-2)', 'b a(x-1)']],
    ['', ['1 a b', '2'], ['2  ', '1\tb a']],
    [
      '.jsonl',
      [
        { id: 1, text: 'a b' },
        { id: '2', reference: '' },
      ],
      [
        { id: 2, hypothesis: '' },
        { id: 1, text: 'b a' },
      ],
    ],
  ])('reads *%s and matches by id, in the order of the references', async (ending, said, heard) => {
    const { texts, missing } = await matchTranscripts(
      await file(`said${ending}`, ...said),
      await file(`heard${ending}`, ...heard),
    );
    expect(texts.map(({ reference, hypothesis }) => [reference, hypothesis])).toEqual([
      ['a b', 'b a'],
      ['', ''],
    ]);
    expect(missing).toEqual([]);
  });

  it('takes a manifest for references, and what NeMo heard for hypotheses', async () => {
    const utterance = { audio_filepath: 'a.wav', duration: 1, text: 'a', speaker: 's' };
    const said = await file('m.jsonl', utterance, { ...utterance, offset: 2.5 });
    const heard = await file(
      'nemo.json',
      { ...utterance, pred_text: 'b' },
      { ...utterance, offset: 2.5, pred_text: 'c' },
    );
    expect((await matchTranscripts(said, heard)).texts).toEqual([
      { id: 'a.wav', reference: 'a', hypothesis: 'b', speaker: 's' },
      { id: 'a.wav@2.5', reference: 'a', hypothesis: 'c', speaker: 's' },
    ]);
  });

  it("knows the speakers of a .trn as sclite's spu_id does, of Kaldi's text by utt2spk", async () => {
    const ids = ['p-q-1', 's_x-1', 'u_v_1', 'alone'];
    const trn = await file('speakers.trn', ...ids.map((id) => `a (${id})`));
    const speakersOf = async (path: string) => (await matchTranscripts(path, path)).texts.map(({ speaker }) => speaker);
    expect(await speakersOf(trn)).toEqual(['p', 's_x', 'u', undefined]);
    const text = await file('text', 'u1 a', 'u2 b');
    await file('utt2spk', 'u1 anna', 'u2 bert');
    expect(await speakersOf(text)).toEqual(['anna', 'bert']);
    await rm(join(folder, 'utt2spk'));
  });

  it('refuses, counts or leaves out what has no hypothesis', async () => {
    const said = await file('said.trn', 'a (1)', 'b (2)', 'c (3)');
    const heard = await file('heard.trn', 'a (1)');
    await expect(matchTranscripts(said, heard)).rejects.toEqual(
      coded('AUR_TRANSCRIPTS_NO_HYPOTHESIS', 'heard.trn', '2, 3', 'said.trn:2'),
    );
    const empty = await matchTranscripts(said, heard, 'empty');
    expect(empty.texts.map(({ hypothesis }) => hypothesis)).toEqual(['a', '', '']);
    expect(empty.missing).toEqual(['2', '3']);
    const skipped = await matchTranscripts(said, heard, 'skip');
    expect(skipped.texts).toHaveLength(1);
    expect(skipped.missing).toEqual(['2', '3']);
  });

  it.each([
    ['an utterance twice', 'AUR_TRANSCRIPTS_DUPLICATE', ['a (1)', 'b (1)'], 'bad.trn:2', '"1"', 'bad.trn:1'],
    [
      'an utterance of which it has no reference',
      'AUR_TRANSCRIPTS_UNKNOWN',
      ['a (1)', 'b (9)'],
      'bad.trn:2',
      '9',
      'good',
    ],
    ['no utterance', 'AUR_TRANSCRIPTS_EMPTY', ['', ';; nothing'], 'bad.trn'],
    ['a line without id', 'AUR_TRANSCRIPTS_LINE', ['a (1)', 'b'], 'bad.trn:2', 'id in parentheses'],
    ['alternatives', 'AUR_TRANSCRIPTS_LINE', ['a { b / c } (1)'], 'bad.trn:1', 'alternatives'],
  ] as [string, string, string[], ...string[]][])('refuses a file of %s', async (_, code, lines, ...things) => {
    const good = await file('good.trn', 'a (1)');
    await expect(matchTranscripts(good, await file('bad.trn', ...lines))).rejects.toEqual(coded(code, ...things));
  });

  it.each([
    ['not JSON', '{"id": 1'],
    ['expected an id or an audio_filepath', '{"text": "a"}'],
    ['text: .*string', '{"id": 1, "text": 5}'],
    ['expected hypothesis, pred_text or text', '{"id": 1, "reference": "a"}'],
  ])('says of a JSON line: %s', async (problem, line) => {
    const good = await file('good.trn', 'a (1)');
    await expect(matchTranscripts(good, await file('bad.jsonl', line))).rejects.toEqual(
      coded('AUR_TRANSCRIPTS_LINE', 'bad.jsonl:1', problem),
    );
  });

  it('names a file that is not there', async () => {
    const good = await file('good.trn', 'a (1)');
    await expect(matchTranscripts(good, join(folder, 'nowhere.trn'))).rejects.toEqual(
      coded('AUR_MANIFEST_MISSING', 'nowhere.trn'),
    );
  });
});

describe('kept hypotheses', () => {
  const texts = [
    { id: 'a', reference: 'one two', hypothesis: '', speaker: 's' },
    { id: 'b', reference: '', hypothesis: 'zwei, "drei"\u2028' },
  ];

  it('are read as they were written', async () => {
    const path = join(folder, 'new/kept.jsonl');
    await writeHypotheses(path, texts);
    expect(await readHypotheses(path)).toEqual(texts);
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(2);
  });

  it('must say what was said too', async () => {
    const onlyHeard = await file('only-heard.jsonl', { id: 1, hypothesis: 'a' });
    await expect(readHypotheses(onlyHeard)).rejects.toEqual(coded('AUR_TRANSCRIPTS_LINE', '"1"', 'reference'));
    // Else a manifest would pass for a system without error.
    const manifest = await file('manifest.jsonl', { audio_filepath: 'a.wav', duration: 1, text: 'a' });
    await expect(readHypotheses(manifest)).rejects.toEqual(coded('AUR_TRANSCRIPTS_LINE', 'a.wav'));
  });
});

describe('utteranceId', () => {
  it('is the id, else the path and where in it', () => {
    expect(utteranceId({ id: 7, audio_filepath: 'a.wav' })).toBe('7');
    expect(utteranceId({ audio_filepath: 'a.wav' })).toBe('a.wav');
    expect(utteranceId({ audio_filepath: 'a.wav', offset: 0 })).toBe('a.wav@0');
    expect(utteranceId({ features_filepath: 'a.npy' })).toBe('a.npy');
    expect(utteranceId({})).toBeUndefined();
  });
});
