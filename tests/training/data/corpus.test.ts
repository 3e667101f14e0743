import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Utterance, writeManifest } from '@auricle/datasets';
import { characterTokens, wordTokens } from '@auricle/decoding';
import { addCounts, codeOf, loadCorpus, manifestTexts, SAMPLE_RATE } from '@auricle/training/data/corpus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-corpus-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function manifestOf(name: string, utterances: Utterance[]): Promise<string> {
  const path = join(folder, name);
  await writeManifest(path, utterances);
  return path;
}

describe('a corpus', () => {
  const tokens = characterTokens(['ab']);
  const [a, b] = ['a', 'b'].map((symbol) => tokens.symbols.indexOf(symbol));

  it('leaves out what cannot be learned from, counted by its code, and nothing else', async () => {
    const audio_filepath = 'one.wav';
    const manifest = await manifestOf('mixed.jsonl', [
      { audio_filepath, duration: 1, text: 'a' },
      { audio_filepath, duration: 1, text: 'ab' },
      { audio_filepath, duration: 1, text: 'axb' },
      { audio_filepath, duration: 9, text: 'a' },
      { features_filepath: 'one.npy', duration: 1, text: 'a' },
      { audio_filepath, duration: 1, text: 'y' },
      { audio_filepath, duration: 1, text: '' },
      { audio_filepath, duration: 1, text: 'ba' },
    ]);
    const { recordings, leftOut } = await loadCorpus([manifest], tokens, 5);
    expect(recordings.map((r) => r.utterance.text)).toEqual(['a', 'ab', '', 'ba']);
    expect(recordings.map((r) => r.labels)).toEqual([[a], [a, b], [], [b, a]]);
    expect(leftOut).toEqual({ AUR_DECODING_UNKNOWN_SYMBOL: 2, AUR_TRAIN_TOO_LONG: 1, AUR_MANIFEST_NO_AUDIO: 1 });
  });

  it('takes the stored features where the recipe wants them', async () => {
    const manifest = await manifestOf('stored.jsonl', [
      { audio_filepath: 'one.wav', duration: 1, text: 'a' },
      { audio_filepath: 'one.wav', features_filepath: 'one.npy', duration: 1, text: 'b' },
      { features_filepath: 'two.npy', duration: 1, text: 'ab' },
    ]);
    const { recordings, leftOut } = await loadCorpus([manifest], tokens, 5, 'stored');
    expect(recordings.map(({ utterance }) => [utterance.audio_filepath, utterance.features_filepath])).toEqual([
      [undefined, 'one.npy'],
      [undefined, 'two.npy'],
    ]);
    expect(leftOut).toEqual({ AUR_MANIFEST_NO_FEATURES: 1 });
  });

  it('touches no audio: what is wrong with a file shows when it is wanted', async () => {
    const manifest = await manifestOf('nowhere.jsonl', [{ audio_filepath: 'nowhere/1.opus', duration: 1, text: 'a' }]);
    const { recordings, leftOut } = await loadCorpus([manifest], tokens, 5);
    expect([recordings.length, leftOut]).toEqual([1, {}]);
  });

  it('takes an utterance of exactly the greatest length', async () => {
    const audio_filepath = 'two.wav';
    const manifest = await manifestOf('limit.jsonl', [
      { audio_filepath, duration: 2, text: 'a' },
      { audio_filepath, duration: 2.01, text: 'b' },
    ]);
    const { recordings, leftOut } = await loadCorpus([manifest], tokens, 2);
    expect(recordings.map((r) => r.utterance.text)).toEqual(['a']);
    expect(leftOut).toEqual({ AUR_TRAIN_TOO_LONG: 1 });
  });

  it('takes one manifest after the other, each with its own folder and all their reasons together', async () => {
    const audio_filepath = 'three.wav';
    const manifests = [
      await manifestOf('first.jsonl', [
        { audio_filepath, duration: 0.5, text: 'a' },
        { audio_filepath, duration: 0.5, text: 'z' },
      ]),
      await manifestOf('second.jsonl', [
        { audio_filepath, duration: 0.5, text: 'z' },
        { audio_filepath, duration: 0.5, text: 'b' },
      ]),
    ];
    const { recordings, leftOut } = await loadCorpus(manifests, tokens, 5);
    expect(recordings.map(({ manifest, labels }) => [manifest, labels])).toEqual([
      [manifests[0], [a]],
      [manifests[1], [b]],
    ]);
    expect(leftOut).toEqual({ AUR_DECODING_UNKNOWN_SYMBOL: 2 });
    expect(await manifestTexts(manifests)).toEqual(['a', 'z', 'z', 'b']);
  });

  it('stops at a manifest that cannot be read: no utterance of it could be counted', async () => {
    const broken = join(folder, 'broken.jsonl');
    await writeFile(broken, '{"audio_filepath": "one.wav"\n');
    await expect(loadCorpus([broken], tokens, 5)).rejects.toMatchObject({ code: 'AUR_MANIFEST_JSON' });
    await expect(loadCorpus([join(folder, 'none.jsonl')], tokens, 5)).rejects.toMatchObject({
      code: 'AUR_MANIFEST_MISSING',
    });
  });

  it('has the labels of its vocabulary', async () => {
    const manifest = await manifestOf('words.jsonl', [{ audio_filepath: '4.wav', duration: 0.5, text: 'no  yes no' }]);
    const words = wordTokens(['yes no']);
    const [no, yes] = ['▁no', '▁yes'].map((symbol) => words.symbols.indexOf(symbol));
    expect((await loadCorpus([manifest], words, 5)).recordings[0].labels).toEqual([no, yes, no]);
    const characters = characterTokens(['yes no']);
    const spelled = (await loadCorpus([manifest], characters, 5)).recordings[0].labels;
    expect(spelled.map((id) => characters.symbols[id]).join('')).toBe('no▁yes▁no');
  });

  it('plans with the samples that its manifest promises, whatever the rate and the segment of the file', async () => {
    const manifest = await manifestOf('lengths.jsonl', [
      { audio_filepath: '8k.wav', duration: 1, text: 'a' },
      { audio_filepath: '44k.wav', duration: 0.25, offset: 0.5, text: 'a' },
      { audio_filepath: 'odd.wav', duration: 1.23456, text: 'a' },
    ]);
    const { recordings } = await loadCorpus([manifest], tokens, 5);
    expect(recordings.map((r) => r.samples)).toEqual([SAMPLE_RATE, SAMPLE_RATE / 4, 19_753]);
  });
});

describe('what was left out', () => {
  it('is summed by its code', () => {
    const counts = { AUR_A: 2, AUR_B: 1 };
    expect(addCounts(counts, { AUR_B: 4, AUR_C: 3 })).toEqual({ AUR_A: 2, AUR_B: 5, AUR_C: 3 });
    expect(counts).toEqual({ AUR_A: 2, AUR_B: 1 });
  });

  it('has a code, or is a defect of ours that must show', () => {
    expect(codeOf(Object.assign(new Error('gone'), { code: 'AUR_AUDIO_MISSING' }))).toBe('AUR_AUDIO_MISSING');
    for (const defect of [new TypeError('x is not a function'), Object.assign(new Error('full'), { code: 'ENOSPC' })])
      expect(() => codeOf(defect)).toThrow(defect);
  });
});
