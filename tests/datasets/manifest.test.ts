import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  parseManifestLine,
  parseRecordingLine,
  type Recording,
  readManifest,
  readManifestLines,
  readRecordings,
  relocate,
  resolvePath,
  type Utterance,
  writeManifest,
} from '@auricle/datasets';
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

describe('parseRecordingLine', () => {
  it('takes a noise, which has a label in the place of a text', () => {
    const noise = { audio_filepath: 'a.wav', duration: 5, label: 'rain' };
    expect(parseRecordingLine(JSON.stringify(noise), 'm:1')).toEqual(noise);
    expect(parseRecordingLine(JSON.stringify(GOOD), 'm:1')).toEqual(GOOD);
  });

  it('refuses a line that has neither', () => {
    const act = () => parseRecordingLine('{"audio_filepath":"a.wav","duration":5}', 'm:1');
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_MANIFEST_FIELD' }));
    expect(act).toThrow('m:1: text: expected string, or a label');
  });
});

describe('readManifestLines', () => {
  it('gives lines before the whole file was read, and can be left', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    await writeFile(path, `first\n${`${'x'.repeat(2 ** 16)}\n`.repeat(100)}`);
    for await (const { content, line, where } of readManifestLines(path)) {
      expect({ content, line, where }).toEqual({ content: 'first', line: 1, where: `${path}:1` });
      break;
    }
  });
});

describe('readRecordings', () => {
  it('reads utterances and noises one by one up to a bad line, which it names', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    const noise = { audio_filepath: 'n.wav', duration: 1, label: 'dog' };
    await writeFile(path, `${JSON.stringify(GOOD)}\n${JSON.stringify(noise)}\n{}\n`);
    const seen: Recording[] = [];
    const all = async () => {
      for await (const recording of readRecordings(path)) seen.push(recording);
    };
    await expect(all()).rejects.toThrow(`${path}:3: `);
    expect(seen).toEqual([GOOD, noise]);
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

  it('takes utterances as they come', async () => {
    const path = join(await temporaryFolder(), 'm.jsonl');
    async function* source(): AsyncGenerator<Utterance> {
      yield GOOD;
      yield { ...GOOD, text: 'three' };
    }
    await writeManifest(path, source());
    expect((await readManifest(path)).map((u) => u.text)).toEqual(['one two', 'three']);
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

describe('relocate', () => {
  it('names the same files from another folder, and keeps everything else', () => {
    const name = fc.constantFrom('a', 'b', 'c.d', 'ü x');
    const path = fc.array(fc.oneof(name, fc.constant('..')), { minLength: 1, maxLength: 4 }).map((p) => p.join('/'));
    const folder = fc.array(name, { maxLength: 3 }).map((p) => `/${['data', ...p].join('/')}`);
    fc.assert(
      fc.property(folder, folder, path, path, fc.boolean(), (from, to, audio, features, isAbsolute) => {
        const audio_filepath = isAbsolute ? `/${audio.replaceAll('..', 'd')}` : audio;
        const recording = { audio_filepath, features_filepath: features, duration: 1, text: 'x', note: { a: [1] } };
        const moved = relocate(recording, `${from}/m.jsonl`, `${to}/n.jsonl`);
        for (const keep of [{ features_filepath: undefined }, { audio_filepath: undefined }])
          expect(resolvePath(`${to}/n.jsonl`, { ...moved, ...keep })).toBe(
            resolvePath(`${from}/m.jsonl`, { ...recording, ...keep }),
          );
        if (isAbsolute) expect(moved.audio_filepath).toBe(audio_filepath);
        expect({ ...moved, audio_filepath: '', features_filepath: '' }).toEqual({
          ...recording,
          audio_filepath: '',
          features_filepath: '',
        });
      }),
    );
  });
});
