import { writeFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concatenate, readManifest, resolvePath, type ValidationOptions, validateManifests } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { npyBytes, temporaryFolder, tone, wavBytes } from '../files.js';

const RATE = 8000;
const SPEECH = tone(1, RATE);

/** A different second of sound for every number. */
const sound = (number: number) => tone(1, RATE, 200 + number);

interface Line {
  audio_filepath?: string;
  features_filepath?: string;
  duration?: number;
  text?: string;
  [key: string]: unknown;
}
const line = (audio_filepath: string, more: Line = {}): Line => ({
  ...{ audio_filepath, duration: 1, text: 'hello you', speaker: 's1' },
  ...more,
});

/** A folder with recordings by name and manifests by name. */
async function corpus(
  recordings: Record<string, Uint8Array | Float32Array>,
  manifests: Record<string, (Line | string)[]>,
): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(recordings))
    await writeFile(join(folder, name), content instanceof Float32Array ? wavBytes(content, RATE) : content);
  for (const [name, lines] of Object.entries(manifests))
    await writeFile(
      join(folder, name),
      lines.map((l) => `${typeof l === 'string' ? l : JSON.stringify(l)}\n`).join(''),
    );
  return folder;
}

const validate = (folder: string, names: string[], options: ValidationOptions = {}) =>
  validateManifests(
    names.map((name) => join(folder, name)),
    { threads: 1, ...options },
  );

const jsonLines = async (path: string) =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l));

/** Line numbers and codes of a quarantine or a list of warnings. */
const codesIn = async (path: string) =>
  (await jsonLines(path)).map(({ line, reasons }) => [line, ...reasons.map((r: { code: string }) => r.code)]);

const clipped = SPEECH.map((v) => Math.max(-1, Math.min(1, 4 * v)));
const RECORDINGS = {
  'good.wav': SPEECH,
  'other.wav': sound(1),
  'empty.wav': new Uint8Array(0),
  'cut.wav': wavBytes(SPEECH, RATE).subarray(0, 1000),
  'text.wav': Buffer.from('only words'),
  'silent.wav': tone(1, RATE, 440, 0.0005),
  'nothing.wav': new Float32Array(RATE),
  'clipped.wav': clipped,
  'long.wav': concatenate([sound(2), sound(3)]),
  'good.npy': npyBytes(
    Array.from({ length: 200 }, (_, i) => i),
    '100, 2',
  ),
  'short.npy': npyBytes([1, 2], '1, 2'),
  'bad.npy': npyBytes([1, 2], '2,'),
};

describe('validateManifests', () => {
  it('parts the lines of a manifest into clean and quarantined, each with its reasons, and lists warnings', async () => {
    const lines: [Line | string, ...string[]][] = [
      [line('good.wav', { note: { kept: true } })],
      ['{"audio_filepath": "good.wav"', 'AUR_MANIFEST_JSON'],
      [{ audio_filepath: 'other.wav' }, 'AUR_MANIFEST_FIELD'],
      [line('gone.wav'), 'AUR_AUDIO_MISSING'],
      [line('empty.wav'), 'AUR_AUDIO_EMPTY'],
      [line('cut.wav'), 'AUR_AUDIO_TRUNCATED'],
      [line('text.wav'), 'AUR_AUDIO_UNKNOWN_FORMAT'],
      [line('silent.wav'), 'AUR_VALIDATE_SILENT'],
      [line('other.wav', { duration: 1.2 }), 'AUR_VALIDATE_DURATION'],
      [line('other.wav', { duration: 0.8 }), 'AUR_VALIDATE_DURATION'],
      [line('other.wav', { duration: 1.06 })],
      [line('long.wav', { duration: 1.5, offset: 1 }), 'AUR_MANIFEST_SEGMENT'],
      [line('long.wav', { duration: 1, offset: 0 })],
      [line('long.wav', { duration: 1, offset: 1 })],
      [{ ...line('good.npy'), audio_filepath: undefined, features_filepath: 'good.npy' }],
      [{ ...line('short.npy'), audio_filepath: undefined, features_filepath: 'short.npy' }, 'AUR_VALIDATE_DURATION'],
      [{ ...line('bad.npy'), audio_filepath: undefined, features_filepath: 'bad.npy' }, 'AUR_NPY_INVALID'],
      // Where nothing is said nothing need be heard.
      [line('nothing.wav', { text: '' })],
      [line('silent.wav', { text: undefined, label: 'hum' }), 'AUR_VALIDATE_SILENT'],
      [line('clipped.wav')],
    ];
    const folder = await corpus(RECORDINGS, { 'all.jsonl': ['', ...lines.map(([l]) => l)] });
    const out = join(folder, 'checked');
    const { manifests, overlaps } = await validate(folder, ['all.jsonl'], { out });

    const bad = lines.flatMap(([, ...codes], i) => (codes.length > 0 ? [[i + 2, ...codes]] : []));
    expect(await codesIn(join(out, 'quarantine.jsonl'))).toEqual(bad);
    const good = lines.flatMap(([l, ...codes]) => (codes.length === 0 ? [l as Line] : []));
    const clean = await readManifest(join(out, 'clean.jsonl'));
    expect(clean).toEqual(
      good.map((l) => ({
        ...JSON.parse(JSON.stringify(l)),
        ...(l.audio_filepath && { audio_filepath: `../${l.audio_filepath}` }),
        ...(l.features_filepath && { features_filepath: `../${l.features_filepath}` }),
      })),
    );
    expect(resolvePath(join(out, 'clean.jsonl'), clean[0])).toBe(join(folder, 'good.wav'));
    expect(await codesIn(join(out, 'warnings.jsonl'))).toEqual([
      [19, 'AUR_VALIDATE_EMPTY_TEXT'],
      [21, 'AUR_VALIDATE_CLIPPED'],
    ]);
    const [report] = manifests;
    expect(report).toMatchObject({ split: 'all', lines: 20, clean: 7, quarantined: 13 });
    expect(report.seconds).toBeCloseTo(7.06, 3);
    expect(report.reasons.AUR_VALIDATE_DURATION.count).toBe(3);
    expect(report.reasons.AUR_VALIDATE_DURATION.messages[0]).toContain(
      `${join(folder, 'other.wav')}: the manifest says 1.2 s, the file holds 1 s`,
    );
    expect(Object.keys(report.warnings)).toEqual(['AUR_VALIDATE_EMPTY_TEXT', 'AUR_VALIDATE_CLIPPED']);
    expect(overlaps).toEqual([]);
  });

  it('writes down where a quarantined line came from: the recording, or the line where it is none', async () => {
    const folder = await corpus({}, { 'all.jsonl': [line('gone.wav', { note: 1 }), '[1]'] });
    await validate(folder, ['all.jsonl'], { out: join(folder, 'x') });
    const [gone, none] = await jsonLines(join(folder, 'x/quarantine.jsonl'));
    expect(gone).toEqual({
      ...{ source: '../all.jsonl', line: 1 },
      reasons: [{ code: 'AUR_AUDIO_MISSING', message: expect.stringContaining(join(folder, 'gone.wav')) }],
      recording: { ...line('../gone.wav'), note: 1 },
    });
    expect(none).toEqual({
      ...{ source: '../all.jsonl', line: 2 },
      reasons: [{ code: 'AUR_MANIFEST_FIELD', message: expect.stringContaining('all.jsonl:2') }],
      content: '[1]',
    });
  });

  it('keeps the first of several lines with one id or one recording, whatever its file format or its name', async () => {
    const folder = await corpus(
      { 'a.wav': sound(1), 'copy.wav': sound(1), 'b.wav': sound(2), 'c.wav': sound(3) },
      {
        'all.jsonl': [
          line('a.wav', { id: 'x' }),
          line('copy.wav', { id: 'y' }),
          line('b.wav', { id: 'x' }),
          line('c.wav', { id: 7 }),
          line('a.wav', { id: 'x' }),
          // A line that is refused anyway is no first of anything.
          line('gone.wav', { id: 'z' }),
        ],
      },
    );
    const out = join(folder, 'x');
    const { manifests } = await validate(folder, ['all.jsonl'], { out });
    expect(await codesIn(join(out, 'quarantine.jsonl'))).toEqual([
      [2, 'AUR_VALIDATE_DUPLICATE_AUDIO'],
      [3, 'AUR_VALIDATE_DUPLICATE_ID'],
      [5, 'AUR_VALIDATE_DUPLICATE_ID', 'AUR_VALIDATE_DUPLICATE_AUDIO'],
      [6, 'AUR_AUDIO_MISSING'],
    ]);
    const path = join(folder, 'all.jsonl');
    expect(manifests[0].reasons.AUR_VALIDATE_DUPLICATE_ID.messages[0]).toBe(`${path}:3: id "x" is also at ${path}:1`);
  });

  it('does not take the copy of a broken line for a duplicate', async () => {
    const folder = await corpus(
      { 'a.wav': sound(1) },
      { 'all.jsonl': [line('a.wav', { duration: 9 }), line('a.wav')] },
    );
    const { manifests } = await validate(folder, ['all.jsonl']);
    expect(manifests[0]).toMatchObject({ clean: 1, quarantined: 1 });
  });

  it('takes what is in a held-out split out of train, in whichever order they are given', async () => {
    const folder = await corpus(
      { 'a.wav': sound(1), 'b.wav': sound(2), 'c.wav': sound(3) },
      {
        'train-clean.jsonl': [line('a.wav', { id: 1 }), line('b.wav')],
        'train_other.jsonl': [line('c.wav', { id: 1, speaker: 's2' })],
        'dev.jsonl': [line('a.wav'), line('gone.wav', { speaker: 's2' })],
      },
    );
    const names = ['train-clean.jsonl', 'dev.jsonl', 'train_other.jsonl'];
    const out = join(folder, 'x');
    const { manifests, overlaps } = await validate(folder, names, { out });
    expect(manifests.map(({ path, split, quarantined }) => [path, split, quarantined])).toEqual([
      [join(folder, names[0]), 'train', 1],
      [join(folder, names[1]), 'dev', 1],
      [join(folder, names[2]), 'train', 0],
    ]);
    expect(manifests[0].reasons.AUR_VALIDATE_SPLIT_LEAK.messages).toEqual([
      `${join(folder, names[0])}:1: the same audio is in split "dev" at ${join(folder, names[1])}:1`,
    ]);
    expect((await readdir(out)).sort()).toEqual(['dev', 'train-clean', 'train_other']);
    expect((await readManifest(join(out, 'train-clean/clean.jsonl'))).map((u) => u.audio_filepath)).toEqual([
      '../../b.wav',
    ]);
    // Speaker s2's only line of dev is not sound.
    expect(overlaps).toEqual([
      { code: 'AUR_VALIDATE_SPEAKER_OVERLAP', message: 'splits "dev" and "train" share 1 speakers: s1' },
    ]);
  });

  it('warns of speaking rates that stand out in their manifest', async () => {
    const texts = Array.from({ length: 30 }, (_, i) => 'abcdefgh'.slice(0, 6 + (i % 3)));
    texts[7] = 'a';
    texts[11] = 'abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrst';
    const lines = texts.map((text, i) => line(`${i}.wav`, { text, duration: 4 }));
    const folder = await corpus({}, { 'all.jsonl': lines });
    const out = join(folder, 'x');
    const { manifests } = await validate(folder, ['all.jsonl'], { out, decode: false });
    expect(manifests[0]).toMatchObject({ clean: 30, quarantined: 0 });
    expect(await codesIn(join(out, 'warnings.jsonl'))).toEqual([
      [8, 'AUR_VALIDATE_RATE'],
      [12, 'AUR_VALIDATE_RATE'],
    ]);
    expect(manifests[0].warnings.AUR_VALIDATE_RATE.messages[0]).toMatch(
      /:8: 0.25 characters a second, robust z-score -\d/,
    );
  });

  it('checks texts against a vocabulary and their length against the frames', async () => {
    const folder = await corpus(
      {},
      {
        'all.jsonl': [
          line('a.wav', { text: 'abc' }),
          line('b.wav', { text: 'abx' }),
          line('c.wav', { text: 'abcabcabc', duration: 0.3 }),
        ],
      },
    );
    const encode = (text: string) =>
      Array.from(text, (character) => {
        if ('abc'.includes(character)) return character.charCodeAt(0);
        throw Object.assign(new Error(`no ${character}`), { code: 'AUR_DECODING_UNKNOWN_SYMBOL' });
      });
    const strict = await validate(folder, ['all.jsonl'], { decode: false, encode });
    expect(strict.manifests[0].clean).toBe(1);
    expect(Object.keys(strict.manifests[0].reasons)).toEqual([
      'AUR_DECODING_UNKNOWN_SYMBOL',
      'AUR_VALIDATE_LABEL_LENGTH',
    ]);
    // Without a vocabulary a character need not be a label.
    const lenient = await validate(folder, ['all.jsonl'], { decode: false });
    expect(lenient.manifests[0]).toMatchObject({ clean: 3, warnings: { AUR_VALIDATE_LABEL_LENGTH: { count: 1 } } });
  });

  it('finds two lines with one place in the audio without decoding it', async () => {
    const segment = (offset: number) => line('a.wav', { offset });
    const folder = await corpus({}, { 'all.jsonl': [segment(0), segment(1), segment(0), line('./a.wav')] });
    const out = join(folder, 'x');
    await validate(folder, ['all.jsonl'], { out, decode: false });
    expect(await codesIn(join(out, 'quarantine.jsonl'))).toEqual([
      [3, 'AUR_VALIDATE_DUPLICATE_AUDIO'],
      [4, 'AUR_VALIDATE_DUPLICATE_AUDIO'],
    ]);
  });

  it('gives the same files with any number of threads, and tells how far it is', async () => {
    const recordings = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${i}.wav`, sound(i % 9)]));
    const lines = Array.from({ length: 12 }, (_, i) => (i === 5 ? '{' : line(`${i}.wav`)));
    const folder = await corpus(recordings, { 'all.jsonl': lines });
    const contents = [];
    for (const threads of [1, 2]) {
      const out = join(folder, 'x');
      const seen: number[] = [];
      await validate(folder, ['all.jsonl'], {
        out,
        threads,
        onProgress: ({ lines, quarantined, bytes, totalBytes }) => {
          seen.push(lines);
          if (lines === 12) expect({ quarantined, bytes }).toEqual({ quarantined: 1, bytes: totalBytes });
        },
      });
      expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      contents.push(await Promise.all((await readdir(out)).map((name) => readFile(join(out, name), 'utf8'))));
    }
    expect(contents[1]).toEqual(contents[0]);
  });

  it('refuses a manifest that is missing or given twice, and leaves nothing behind', async () => {
    const folder = await corpus({}, { 'a.jsonl': [] });
    const out = join(folder, 'x');
    await expect(validate(folder, ['a.jsonl', 'none.jsonl'], { out })).rejects.toMatchObject({
      code: 'AUR_MANIFEST_MISSING',
    });
    await expect(validate(folder, ['a.jsonl', './a.jsonl'], { out })).rejects.toMatchObject({
      code: 'AUR_VALIDATE_SAME_MANIFEST',
    });
    expect(await readdir(folder)).toEqual(['a.jsonl']);
  });

  it('notices that a manifest changed under its hands', async () => {
    const folder = await corpus({}, { 'a.jsonl': [line('a.wav'), line('b.wav')], 'b.jsonl': [line('c.wav')] });
    const paths = ['a.jsonl', 'b.jsonl'].map((name) => join(folder, name));
    const act = validateManifests(paths, {
      decode: false,
      onProgress: ({ lines }) => {
        if (lines === 3) writeFileSync(paths[0], JSON.stringify(line('a.wav')));
      },
    });
    await expect(act).rejects.toMatchObject({
      code: 'AUR_VALIDATE_CHANGED',
      message: expect.stringContaining(`${paths[0]}: has changed while it was validated: 1 lines, before it had 2`),
    });
  });
});
