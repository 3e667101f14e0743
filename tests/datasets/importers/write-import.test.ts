import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  importFolder,
  importKaldi,
  readManifest,
  resolvePath,
  validateManifests,
  writeImport,
} from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { bytesOf, wav } from '../../audio/wav-bytes.js';
import { temporaryFolder } from '../files.js';
import { corpus, WAV } from './corpus.js';

const jsonLines = async (path: string) =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('writeImport', () => {
  it('measures durations, makes paths relative and lists what it leaves out with reasons', async () => {
    const folder = await corpus({
      'good.wav': WAV,
      'good.txt': 'one',
      'text.wav': 'no audio at all',
      'text.txt': 'two',
      'alone.wav': WAV,
    });
    const out = await temporaryFolder();
    const manifest = join(out, 'lists/all.jsonl');
    const steps: number[] = [];
    const report = await writeImport(importFolder(folder), folder, manifest, {
      onProgress: (entries) => steps.push(entries),
    });
    const [utterance, ...others] = await readManifest(manifest);
    expect(others).toEqual([]);
    expect(utterance).toMatchObject({ duration: 0.5, text: 'one' });
    expect(utterance.audio_filepath?.startsWith('../')).toBe(true);
    expect(resolvePath(manifest, utterance)).toBe(join(folder, 'good.wav'));
    expect(report).toMatchObject({
      ...{ utterances: 1, seconds: 0.5, refused: 2 },
      reasons: { AUR_IMPORT_NO_TEXT: { count: 1 }, AUR_AUDIO_UNKNOWN_FORMAT: { count: 1 } },
      quarantinePath: join(out, 'lists/all.quarantine.jsonl'),
    });
    expect(await jsonLines(report.quarantinePath!)).toEqual([
      { where: join(folder, 'alone.wav'), code: 'AUR_IMPORT_NO_TEXT', message: expect.any(String) },
      { where: join(folder, 'text.wav'), code: 'AUR_AUDIO_UNKNOWN_FORMAT', message: expect.any(String) },
    ]);
    expect(steps).toEqual([1, 2, 3]);
  });

  it('measures a segment that goes to the end of its recording, and refuses one that starts behind it', async () => {
    const folder = await corpus({
      'a.wav': WAV,
      'wav.scp': 'r a.wav\n',
      segments: 'u1 r 0.2 -1\nu2 r 0.6 -1\n',
      text: 'u1 A\nu2 B\n',
    });
    const manifest = join(folder, 'all.jsonl');
    const report = await writeImport(importKaldi(folder), folder, manifest);
    expect(await readManifest(manifest)).toEqual([
      { audio_filepath: 'a.wav', duration: 0.3, text: 'A', offset: 0.2, id: 'u1' },
    ]);
    expect(Object.keys(report.reasons)).toEqual(['AUR_MANIFEST_SEGMENT']);
  });

  it('leaves sound that is damaged behind a sound header to validation, which names it', async () => {
    const noNumbers = wav(bytesOf(new Float32Array(8000).fill(Number.NaN)), { format: 3, bits: 32 });
    const folder = await corpus({ 'a.wav': WAV, 'a.txt': 'one', 'b.wav': noNumbers, 'b.txt': 'two' });
    const path = join(folder, 'all.jsonl');
    expect(await writeImport(importFolder(folder), folder, path)).toMatchObject({ utterances: 2, refused: 0 });
    const { manifests } = await validateManifests([path], { threads: 1 });
    expect(manifests[0]).toMatchObject({
      quarantined: 1,
      reasons: { AUR_AUDIO_DAMAGED: { messages: [expect.stringContaining('b.wav')] } },
    });
  });

  it('leaves no list where nothing is left out', async () => {
    const folder = await corpus({ 'a.wav': WAV, 'a.txt': 'one' });
    const report = await writeImport(importFolder(folder), folder, join(folder, 'all.jsonl'));
    expect(report.quarantinePath).toBeUndefined();
    expect((await readdir(folder)).sort()).toEqual(['a.txt', 'a.wav', 'all.jsonl']);
  });

  it('refuses a corpus of which nothing is left, with the first reason, and writes nothing', async () => {
    const folder = await corpus({ 'wav.scp': 'u1 sph2pipe a.sph |\n', text: 'u1 A\n' });
    const act = writeImport(importKaldi(folder), folder, join(folder, 'all.jsonl'));
    await expect(act).rejects.toMatchObject({
      code: 'AUR_IMPORT_NOTHING',
      message: expect.stringContaining('AUR_KALDI_PIPE'),
    });
    expect((await readdir(folder)).sort()).toEqual(['text', 'wav.scp']);
  });
});
