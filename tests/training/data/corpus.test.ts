import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { type Utterance, writeManifest } from '@auricle/datasets';
import { characterTokens, wordTokens } from '@auricle/decoding';
import { loadCorpus, manifestTexts, SAMPLE_RATE, toFloat } from '@auricle/training/data/corpus';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-corpus-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const tone = (seconds: number, sampleRate: number, level = 0.5) =>
  Float32Array.from(
    { length: Math.round(seconds * sampleRate) },
    (_, i) => level * Math.sin((2 * Math.PI * 400 * i) / sampleRate),
  );

async function writeTone(name: string, seconds: number, sampleRate = SAMPLE_RATE, level?: number): Promise<string> {
  await writeFile(join(folder, name), encodeWav({ samples: tone(seconds, sampleRate, level), sampleRate }));
  return name;
}

async function manifestOf(name: string, utterances: Utterance[]): Promise<string> {
  const path = join(folder, name);
  await writeManifest(path, utterances);
  return path;
}

describe('a corpus', () => {
  const tokens = characterTokens(['ab']);
  const [a, b] = ['a', 'b'].map((symbol) => tokens.symbols.indexOf(symbol));

  it('leaves out what cannot be learned from, counted by its code, and nothing else', async () => {
    await writeFile(join(folder, 'text.wav'), 'neither WAV nor anything else');
    await writeTone('empty.wav', 0);
    const audio_filepath = await writeTone('one.wav', 1);
    const manifest = await manifestOf('mixed.jsonl', [
      { audio_filepath, duration: 1, text: 'a' },
      { audio_filepath: 'empty.wav', duration: 1, text: 'a' },
      { audio_filepath, duration: 1, text: 'ab' },
      { audio_filepath: 'missing.wav', duration: 1, text: 'a' },
      { audio_filepath, duration: 1, text: 'axb' },
      { audio_filepath: 'text.wav', duration: 1, text: 'a' },
      { audio_filepath, duration: 9, text: 'a' },
      { audio_filepath, offset: 0.5, duration: 2, text: 'a' },
      { features_filepath: 'one.npy', duration: 1, text: 'a' },
      { audio_filepath, duration: 1, text: 'y' },
      { audio_filepath, duration: 1, text: '' },
      { audio_filepath, duration: 1, text: 'ba' },
    ]);
    const { recordings, leftOut } = await loadCorpus([manifest], tokens, 5);
    expect(recordings.map((r) => r.utterance.text)).toEqual(['a', 'ab', '', 'ba']);
    expect(recordings.map((r) => r.labels)).toEqual([[a], [a, b], [], [b, a]]);
    expect(leftOut).toEqual({
      AUR_AUDIO_EMPTY: 1,
      AUR_AUDIO_MISSING: 1,
      AUR_AUDIO_UNKNOWN_FORMAT: 1,
      AUR_DECODING_UNKNOWN_SYMBOL: 2,
      AUR_TRAIN_TOO_LONG: 1,
      AUR_MANIFEST_SEGMENT: 1,
      AUR_MANIFEST_NO_AUDIO: 1,
    });
  });

  it('takes an utterance of exactly the greatest length', async () => {
    const audio_filepath = await writeTone('two.wav', 2);
    const manifest = await manifestOf('limit.jsonl', [
      { audio_filepath, duration: 2, text: 'a' },
      { audio_filepath, duration: 2.01, text: 'b' },
    ]);
    const { recordings, leftOut } = await loadCorpus([manifest], tokens, 2);
    expect(recordings.map((r) => r.utterance.text)).toEqual(['a']);
    expect(leftOut).toEqual({ AUR_TRAIN_TOO_LONG: 1 });
  });

  it('takes one manifest after the other, each with its own folder and all their reasons together', async () => {
    const audio_filepath = await writeTone('three.wav', 0.5);
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
    expect(recordings.map((r) => r.labels)).toEqual([[a], [b]]);
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
    const audio_filepath = await writeTone('four.wav', 0.5);
    const manifest = await manifestOf('words.jsonl', [{ audio_filepath, duration: 0.5, text: 'no  yes no' }]);
    const words = wordTokens(['yes no']);
    const [no, yes] = ['▁no', '▁yes'].map((symbol) => words.symbols.indexOf(symbol));
    expect((await loadCorpus([manifest], words, 5)).recordings[0].labels).toEqual([no, yes, no]);
    const characters = characterTokens(['yes no']);
    const spelled = (await loadCorpus([manifest], characters, 5)).recordings[0].labels;
    expect(spelled.map((id) => characters.symbols[id]).join('')).toBe('no▁yes▁no');
  });

  it('holds all audio at one rate, cut to its segment', async () => {
    const manifest = await manifestOf('rates.jsonl', [
      { audio_filepath: await writeTone('8k.wav', 1, 8000), duration: 1, text: 'a' },
      { audio_filepath: await writeTone('44k.wav', 1, 44_100), duration: 0.25, offset: 0.5, text: 'a' },
    ]);
    const { recordings } = await loadCorpus([manifest], tokens, 5);
    expect(recordings.map((r) => r.samples.length)).toEqual([16_000, 4000]);
    const expected = tone(1, SAMPLE_RATE);
    const resampled = toFloat(recordings[0].samples);
    for (let i = 1000; i < 15_000; i += 7) expect(Math.abs(resampled[i] - expected[i])).toBeLessThan(2e-3);
  });

  it('keeps samples to half a step of 16 bits', async () => {
    const samples = Float32Array.of(0, 0.25, -0.123456, 1, -1);
    await writeFile(join(folder, 'exact.wav'), encodeWav({ samples, sampleRate: SAMPLE_RATE }));
    const manifest = await manifestOf('exact.jsonl', [
      { audio_filepath: 'exact.wav', duration: samples.length / SAMPLE_RATE, text: 'a' },
    ]);
    const kept = toFloat((await loadCorpus([manifest], tokens, 5)).recordings[0].samples);
    samples.forEach((v, i) => {
      expect(Math.abs(kept[i] - v), `sample ${i}`).toBeLessThanOrEqual(1 / 32768);
    });
  });

  it('clips what resampling overshoots', async () => {
    const square = (sampleRate: number) =>
      Float32Array.from({ length: sampleRate }, (_, i) => (Math.floor((i * 20) / sampleRate) % 2 === 0 ? 1 : -1));
    await writeFile(join(folder, 'square.wav'), encodeWav({ samples: square(8000), sampleRate: 8000 }));
    const manifest = await manifestOf('square.jsonl', [{ audio_filepath: 'square.wav', duration: 1, text: 'a' }]);
    const kept = toFloat((await loadCorpus([manifest], tokens, 5)).recordings[0].samples);
    const expected = square(SAMPLE_RATE);
    const flipped = kept.filter((v, i) => Math.sign(v) !== expected[i]);
    expect(Math.max(...kept)).toBeCloseTo(1, 4);
    // Only where the wave itself crosses 0.
    expect(flipped.length).toBeLessThan(100);
  });
});
