/** Files through the library's iterator: the same texts as live streams have, long ones in pieces, and nothing left over when it is stopped. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@auricle/audio';
import { streamRecording } from '@auricle/cli/stream-recording';
import { alignWords } from '@auricle/decoding';
import {
  createEngine,
  type Engine,
  type FileResult,
  startServer,
  type TranscriptionProgress,
  transcribe,
  transcribeSamples,
} from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { burstsOfSound, writeTinyBundle } from '../fixtures/tiny-model.js';

const BUNDLE = join(import.meta.dirname, '../../../models/digits-en');
const SPOKEN = 'three one four one five nine two';
const RATE = 16_000;

let folder: string;
let engine: Engine;
let recording: Float32Array;
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-batch-'));
  engine = await createEngine({ bundle: BUNDLE, workers: 2 });
  const { samples, sampleRate } = await readAudioFile(join(BUNDLE, 'recording.wav'));
  expect(sampleRate).toBe(8000);
  recording = samples;
  // 10 times, with pauses of 0.8 s between.
  const takes = new Float32Array(10 * (samples.length + 6400));
  for (let i = 0; i < 10; i++) takes.set(samples, i * (samples.length + 6400));
  await writeFile(at('long.wav'), encodeWav({ samples: takes, sampleRate: 8000 }));
  await writeFile(at('one.wav'), encodeWav({ samples, sampleRate: 8000 }));
  await writeFile(at('quiet.wav'), encodeWav({ samples: new Float32Array(8000), sampleRate: 8000 }));
});
afterAll(async () => {
  await engine.close(0);
  await rm(folder, { recursive: true });
});

async function all(results: AsyncIterable<FileResult>) {
  const taken: FileResult[] = [];
  for await (const result of results) taken.push(result);
  return taken;
}

describe('transcribe', () => {
  it('hears in a file under the cut length what the server hears in it, times and confidences too', async () => {
    const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
    try {
      const finals = await streamRecording(server.url, await readAudioFile(at('long.wav')), 100);
      const [{ transcript }] = await all(transcribe([at('long.wav')], { engine }));
      expect(transcript!.text).toBe(finals.map(({ text }) => text).join(' '));
      expect(transcript!.text).toBe(Array(10).fill(SPOKEN).join(' '));
      const round = (value: number, digits: number) => Number(value.toFixed(digits));
      expect(
        transcript!.segments.map(({ start, end, confidence }) => [
          round(start, 3),
          round(end, 3),
          round(confidence, 4),
        ]),
      ).toEqual(finals.map(({ start, end, confidence }) => [start, end, confidence]));
    } finally {
      await server.close();
    }
  });

  it('stitches the pieces of a long recording: the same words at about the same times', async () => {
    const [whole, inPieces] = [0, 12].map((cutSeconds) => all(transcribe([at('long.wav')], { engine, cutSeconds })));
    const [[{ transcript: uncut }], [{ transcript: cut }]] = [await whole, await inPieces];
    // A piece begins without what the model remembers: where it is unsure, a word may be another one.
    expect(alignWords(uncut!.text.split(' '), cut!.text.split(' '))).toMatchObject({ deletions: 0, insertions: 0 });
    expect(alignWords(uncut!.text.split(' '), cut!.text.split(' ')).substitutions).toBeLessThanOrEqual(5);
    expect(cut!.audioSeconds).toBeCloseTo(uncut!.audioSeconds, 6);
    const [a, b] = [uncut, cut].map((transcript) => transcript!.segments.flatMap(({ words }) => words));
    for (const [i, { start }] of a.entries()) expect(Math.abs(b[i].start - start)).toBeLessThan(0.5);
    expect(b.map(({ start }) => start)).toEqual(b.map(({ start }) => start).sort((x, y) => x - y));
    expect(cut!.segments.map(({ segment }) => segment)).toEqual(cut!.segments.map((_, i) => i));
  });

  it('gives other texts where they are asked for, at the times of the whole recording', async () => {
    const [{ transcript }] = await all(transcribe([at('long.wav')], { engine, alternatives: 3, cutSeconds: 10 }));
    const last = transcript!.segments.at(-1)!;
    expect(last.start).toBeGreaterThan(20);
    expect(last.alternatives!.length).toBe(3);
    expect(last.alternatives![0]).toMatchObject({ text: last.text, start: last.start, words: last.words });
    for (const { start, end } of last.alternatives!) expect([start > 20, end > start]).toEqual([true, true]);
  });

  it('reads what is asked for of a recording, and tells of silence by no segment', async () => {
    const inputs = [{ file: at('long.wav'), offset: 5.5, duration: 5 }, at('quiet.wav')];
    const results = await all(transcribe(inputs, { engine }));
    const [part, quiet] = [
      results.find(({ input }) => input === inputs[0])!,
      results.find(({ file }) => file === at('quiet.wav'))!,
    ];
    expect(part.transcript!.audioSeconds).toBeCloseTo(5);
    expect(part.transcript!.text).toBe(SPOKEN);
    expect(quiet.transcript).toMatchObject({ text: '', segments: [], audioSeconds: 1 });
  });

  it('hears each channel by itself, also of three at 96 kHz', async () => {
    const wave = new wavefile.WaveFile();
    const later = new Float32Array(recording.length);
    later.set(recording.subarray(0, recording.length / 2), recording.length / 2);
    const channels = [recording, new Float32Array(recording.length), later].map((channel) =>
      Int16Array.from(channel, (x) => 32_767 * x),
    );
    wave.fromScratch(3, 8000, '16', channels);
    wave.toSampleRate(96_000);
    await writeFile(at('three.wav'), wave.toBuffer());
    const [{ transcript }] = await all(transcribe([at('three.wav')], { engine, channels: 'each' }));
    expect(transcript!.channels).toBe(3);
    const texts = [0, 1, 2].map((c) =>
      transcript!.segments
        .filter(({ channel }) => channel === c)
        .map(({ text }) => text)
        .join(' '),
    );
    expect(texts[0]).toBe(SPOKEN);
    expect(texts[1]).toBe('');
    expect(texts[2]).toMatch(/^three one four/);
    const starts = transcript!.segments.map(({ start }) => start);
    expect(starts).toEqual([...starts].sort((x, y) => x - y));
    const [{ transcript: mixed }] = await all(transcribe([at('three.wav')], { engine }));
    expect(mixed).toMatchObject({ channels: 1 });
  });

  it('goes on after a recording that cannot be read, and says why', async () => {
    await writeFile(at('empty.wav'), '');
    await writeFile(at('cut.wav'), encodeWav({ samples: recording, sampleRate: 8000 }).subarray(0, 1000));
    const files = [at('empty.wav'), at('one.wav'), at('nowhere.wav'), at('cut.wav')];
    const results = await all(transcribe(files, { engine }));
    expect(results).toHaveLength(4);
    const codes = Object.fromEntries(results.map(({ file, error }) => [file, error?.code]));
    expect(codes).toEqual({
      [files[0]]: 'AUR_AUDIO_EMPTY',
      [files[1]]: undefined,
      [files[2]]: 'AUR_AUDIO_MISSING',
      [files[3]]: 'AUR_AUDIO_TRUNCATED',
    });
  });

  it('tells how far it is', async () => {
    const told: TranscriptionProgress[] = [];
    await all(transcribe([at('long.wav')], { engine, cutSeconds: 12, onProgress: (progress) => told.push(progress) }));
    const { duration } = { duration: (10 * (recording.length + 6400)) / 8000 };
    expect(told.at(-1)).toMatchObject({
      file: at('long.wav'),
      done: expect.closeTo(duration),
      total: expect.closeTo(duration),
    });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
  });

  it('leaves no stream behind when its user stops, or aborts in the midst of a recording', async () => {
    for await (const _ of transcribe([at('one.wav'), at('long.wav'), at('long.wav')], { engine })) break;
    expect(engine.openStreams).toBe(0);
    const abort = new AbortController();
    const reason = new Error('enough');
    const options = { engine, signal: abort.signal, cutSeconds: 12, onProgress: () => abort.abort(reason) };
    await expect(all(transcribe([at('long.wav')], options))).rejects.toBe(reason);
    expect(engine.openStreams).toBe(0);
    await expect(all(transcribe([at('one.wav')], options))).rejects.toBe(reason);
    // The engine goes on.
    expect((await transcribeSamples(engine, { samples: recording, sampleRate: 8000 })).text).toBe(SPOKEN);
  });

  it('fails the recording whose chunk the model cannot run, and no other', async () => {
    const bundle = await writeTinyBundle(await mkdtemp(join(folder, 'tiny-')), { failsOnLoudAudio: true });
    const quiet = burstsOfSound(1, RATE, 3);
    const loud = Float32Array.from({ length: 40 * RATE }, (_, i) => (i < 10 * RATE ? 0.1 : 1) * Math.sin(2 * i));
    await writeFile(at('bursts.wav'), encodeWav({ samples: quiet, sampleRate: RATE }));
    await writeFile(at('loud.wav'), encodeWav({ samples: loud, sampleRate: RATE }));
    const results = await all(transcribe([at('bursts.wav'), at('loud.wav')], { bundle, workers: 1, cutSeconds: 5 }));
    const byFile = Object.fromEntries(
      results.map(({ file, error, transcript }) => [file, error?.code ?? transcript!.text !== '']),
    );
    expect(byFile).toEqual({ [at('bursts.wav')]: true, [at('loud.wav')]: 'AUR_SERVING_RUN' });
  });

  it.each([
    [{ cutSeconds: -1 }, 'cutSeconds: seen -1'],
    [{ parallel: 0 }, 'parallel: seen 0'],
    [{ channels: 'left' as 'mix' }, 'channels: seen left'],
  ])('refuses %j', async (options, message) => {
    await expect(all(transcribe([], { engine, ...options }))).rejects.toMatchObject({
      code: 'AUR_SERVING_OPTION',
      message: expect.stringContaining(message),
    });
  });

  it('needs a bundle or an engine', async () => {
    await expect(all(transcribe([], {}))).rejects.toMatchObject({ code: 'AUR_SERVING_OPTION' });
  });
});
