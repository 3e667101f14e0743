import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifestLine, readManifest, resolvePath, type Utterance, writeManifest } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './files.js';

const GOOD = { audio_filepath: 'a.wav', duration: 1.5, text: 'one two' };

describe('parseManifestLine', () => {
  it('keeps every key, known or not', () => {
    const line = JSON.stringify({ ...GOOD, offset: 0, speaker: 's', lang: 'de', mood: ['calm', null], 'x-id': 7 });
    expect(JSON.stringify(parseManifestLine(line, 'm:1'))).toBe(line);
  });

  it('takes features in the place of audio', () => {
    expect(parseManifestLine('{"features_filepath":"a.npy","duration":1,"text":""}', 'm:1').text).toBe('');
  });

  it.each([
    ['no JSON', '{"text": one}', 'AUR_MANIFEST_JSON', ['not JSON']],
    ['NaN, which Python writes', '{"duration": NaN}', 'AUR_MANIFEST_JSON', ['not JSON']],
    ['no object', '[1, 2]', 'AUR_MANIFEST_FIELD', ['expected object', '[1,2]']],
    ['null', 'null', 'AUR_MANIFEST_FIELD', ['expected object', 'null']],
    ['no text', '{"audio_filepath":"a","duration":1}', 'AUR_MANIFEST_FIELD', ['text:', 'expected string', 'nothing']],
    ['text of another type', '{"audio_filepath":"a","duration":1,"text":5}', 'AUR_MANIFEST_FIELD', ['text:', '5']],
    ['duration as text', '{"audio_filepath":"a","duration":"1","text":""}', 'AUR_MANIFEST_FIELD', ['duration:', '"1"']],
    ['a duration of 0', '{"audio_filepath":"a","duration":0,"text":""}', 'AUR_MANIFEST_FIELD', ['duration:', '>0']],
    [
      'an offset below 0',
      '{"audio_filepath":"a","duration":1,"text":"","offset":-1}',
      'AUR_MANIFEST_FIELD',
      ['offset:'],
    ],
    [
      'neither audio nor features',
      '{"duration":1,"text":""}',
      'AUR_MANIFEST_FIELD',
      ['audio_filepath: expected a path'],
    ],
    ['several faults', '{"audio_filepath":"a"}', 'AUR_MANIFEST_FIELD', ['duration:', 'text:']],
  ])('refuses %s, naming place, field and value', (_, line, code, parts) => {
    const act = () => parseManifestLine(line, 'corpus.jsonl:3');
    expect(act).toThrow(expect.objectContaining({ code }));
    for (const part of ['corpus.jsonl:3: ', ...parts]) expect(act).toThrow(part);
  });
});

describe('readManifest', () => {
  it('reads lines, skips blank ones and takes Windows line ends and a byte order mark', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    await writeFile(path, `\uFEFF${JSON.stringify(GOOD)}\r\n\r\n${JSON.stringify({ ...GOOD, text: 'ü' })}`);
    expect((await readManifest(path)).map((u) => u.text)).toEqual(['one two', 'ü']);
  });

  it('names file and line of the first bad line', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    await writeFile(path, `${JSON.stringify(GOOD)}\n\n{"audio_filepath":"a"}\nnonsense\n`);
    await expect(readManifest(path)).rejects.toThrow(`${path}:3: `);
  });

  it('names a manifest that is missing', async () => {
    await expect(readManifest('/nowhere/m.jsonl')).rejects.toMatchObject({
      code: 'AUR_MANIFEST_MISSING',
      message: expect.stringContaining('/nowhere/m.jsonl'),
    });
  });
});

describe('writeManifest', () => {
  it('writes what readManifest reads', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    const utterance = fc.record({
      audio_filepath: fc.string({ minLength: 1 }),
      duration: fc.double({ min: 1e-9, max: 1e6, noNaN: true }),
      text: fc.string({ unit: 'grapheme' }),
      note: fc.jsonValue(),
    });
    // JSON knows no -0; compare what it can hold.
    const plain = utterance.map((u) => JSON.parse(JSON.stringify(u)) as Utterance);
    await fc.assert(
      fc.asyncProperty(fc.array(plain), async (utterances) => {
        await writeManifest(path, utterances);
        expect(await readManifest(path)).toEqual(utterances);
      }),
      // Each one waits for the disk.
      { numRuns: 30 },
    );
  });

  it('leaves the old manifest and nothing else when writing fails', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'm.jsonl');
    await writeManifest(path, [GOOD]);
    function* breaking(): Generator<Utterance> {
      yield { ...GOOD, text: 'new' };
      throw new Error('source broke');
    }
    await expect(writeManifest(path, breaking())).rejects.toThrow('source broke');
    expect(await readdir(folder)).toEqual(['m.jsonl']);
    expect(await readFile(path, 'utf8')).toBe(`${JSON.stringify(GOOD)}\n`);
  });
});

describe('resolvePath', () => {
  it('takes relative paths from the manifest on', () => {
    expect(resolvePath('/data/x/m.jsonl', GOOD)).toBe('/data/x/a.wav');
    expect(resolvePath('/data/x/m.jsonl', { ...GOOD, audio_filepath: '/b.wav' })).toBe('/b.wav');
    expect(resolvePath('/data/x/m.jsonl', { features_filepath: '../f.npy', duration: 1, text: '' })).toBe(
      '/data/f.npy',
    );
  });
});
