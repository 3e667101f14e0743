/** What goes wrong inside the engine stays with the streams it concerns, and every failure has its code. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuricleError } from '@auricle/audio';
import { encodeModel } from '@auricle/bundle';
import { createEngine, type Engine, type EngineOptions, type LogProbs, transcribeSamples } from '@auricle/serving';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound, TINY, type TinyOptions, tinyModel, writeTinyBundle } from './fixtures/tiny-model.js';

let root: string;
let bundles = 0;
const engines: Engine[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-engine-'));
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close(0)));
  await rm(root, { recursive: true });
});

async function tinyEngine(model: TinyOptions = {}, options: Partial<EngineOptions> = {}): Promise<Engine> {
  const bundle = await writeTinyBundle(join(root, `bundle-${bundles++}`), model);
  const engine = await createEngine({ bundle, ...options });
  engines.push(engine);
  return engine;
}

const RATE = 16_000;
const QUIET = burstsOfSound(1, RATE, 3);
/** Full-scale tones, which the failing models do not stand. */
const LOUD = Float32Array.from({ length: RATE }, (_, i) => Math.sin(2 * i));

describe('a model that fails on one stream’s chunk', () => {
  for (const [name, model, code] of [
    ['cannot run', { failsOnLoudAudio: true }, 'AUR_SERVING_RUN'],
    ['gives NaN', { isNaNOnLoudAudio: true }, 'AUR_DECODING_NAN'],
  ] as const)
    it(`${name}: ${code} for that stream, while its neighbours in the batch hear what they would hear alone`, async () => {
      const engine = await tinyEngine(model);
      const expected = await transcribeSamples(engine, { samples: QUIET, sampleRate: RATE });
      const heard: AuricleError[] = [];
      const failing = engine.openStream({ sampleRate: RATE, onError: (error) => heard.push(error) });
      const neighbours = [0, 1, 2].map(() => engine.openStream({ sampleRate: RATE }));
      // One turn of the event loop: all four arrive in one post and are ready together.
      failing.push(LOUD);
      for (const neighbour of neighbours) neighbour.push(QUIET);
      await expect(failing.finish()).rejects.toMatchObject({ code });
      expect(heard.map((error) => error.code)).toEqual([code]);
      for (const neighbour of neighbours) expect(await neighbour.finish()).toEqual(expected);
      expect(engine.openStreams).toBe(0);
    });
});

describe('a lost worker, where streams are not replayed', () => {
  it('fails its streams with AUR_SERVING_WORKER_LOST and is replaced; the other worker’s streams go on', async () => {
    const engine = await tinyEngine({}, { workers: 2, replaySeconds: 0 });
    const expected = await transcribeSamples(engine, { samples: QUIET, sampleRate: RATE });
    const [first, second] = [engine.openStream({ sampleRate: RATE }), engine.openStream({ sampleRate: RATE })];
    first.push(QUIET.subarray(0, 8000));
    second.push(QUIET.subarray(0, 8000));
    const lost = engine.threads[0];
    expect(lost.streams.size).toBe(1);
    await lost.thread.terminate();
    await expect(first.finish()).rejects.toMatchObject({ code: 'AUR_SERVING_WORKER_LOST' });
    second.push(QUIET.subarray(8000));
    expect(await second.finish()).toEqual(expected);
    expect(engine.isReady).toBe(true);
    const replacement = engine.threads[0];
    expect(replacement).not.toBe(lost);
    await replacement.ready();
    const again = engine.openStream({ sampleRate: RATE });
    expect(replacement.streams.size).toBe(1);
    again.push(QUIET);
    expect(await again.finish()).toEqual(expected);
  });

  it('drops what is still pushed into its streams, and leaves the engine unready until the new one has loaded', async () => {
    const engine = await tinyEngine({}, { replaySeconds: 0 });
    const stream = engine.openStream({ sampleRate: RATE });
    await engine.threads[0].thread.terminate();
    stream.push(QUIET);
    expect(stream.pendingBytes).toBe(0);
    await stream.drained(1);
    expect(engine.isReady).toBe(false);
    expect(() => engine.openStream({ sampleRate: RATE })).toThrow(
      expect.objectContaining({ code: 'AUR_SERVING_NOT_READY' }),
    );
    await engine.threads[0].ready();
    expect(engine.isReady).toBe(true);
  });
});

describe('an engine', () => {
  it('does not start on a model that the runtime refuses', async () => {
    const dir = await writeTinyBundle(join(root, 'refused'));
    const model = tinyModel();
    model.graph.nodes[0].op = 'NoSuchOperator';
    await writeFile(join(dir, 'model.onnx'), encodeModel(model));
    await expect(createEngine({ bundle: dir })).rejects.toMatchObject({
      code: 'AUR_SERVING_MODEL',
      message: expect.stringContaining('NoSuchOperator'),
    });
  });

  it('does not start on a bundle that is none', async () => {
    await expect(createEngine({ bundle: join(root, 'nowhere') })).rejects.toMatchObject({ code: 'AUR_BUNDLE_MISSING' });
  });

  it('refuses more streams than it may have, and takes one when another ends', async () => {
    const engine = await tinyEngine({}, { maxStreams: 2 });
    const [first] = [engine.openStream({ sampleRate: RATE }), engine.openStream({ sampleRate: RATE })];
    expect(() => engine.openStream({ sampleRate: RATE })).toThrow(
      expect.objectContaining({ code: 'AUR_SERVING_FULL' }),
    );
    first.close();
    engine.openStream({ sampleRate: RATE });
    expect(engine.openStreams).toBe(2);
  });

  it('refuses rates that no audio has', async () => {
    const engine = await tinyEngine();
    for (const sampleRate of [0, -8000, 1e9, Number.NaN, 8000.5])
      expect(() => engine.openStream({ sampleRate })).toThrow(expect.objectContaining({ code: 'AUR_AUDIO_RATE' }));
    expect(engine.openStreams).toBe(0);
  });

  it('spreads its streams over its workers', async () => {
    const engine = await tinyEngine({}, { workers: 2 });
    for (let i = 0; i < 6; i++) engine.openStream({ sampleRate: RATE });
    expect(engine.threads.map((thread) => thread.streams.size)).toEqual([3, 3]);
  });

  it('lets open streams end when it closes, and takes no more', async () => {
    const engine = await tinyEngine();
    const expected = await transcribeSamples(engine, { samples: QUIET, sampleRate: RATE });
    const stream = engine.openStream({ sampleRate: RATE });
    stream.push(QUIET.subarray(0, 5000));
    const closed = engine.close();
    expect(() => engine.openStream({ sampleRate: RATE })).toThrow(
      expect.objectContaining({ code: 'AUR_SERVING_SHUTDOWN' }),
    );
    stream.push(QUIET.subarray(5000));
    expect(await stream.finish()).toEqual(expected);
    await closed;
    for (const { thread } of engine.threads) expect(thread.threadId).toBe(-1);
  });

  it('fails streams that do not end in time, also in the midst of their audio', async () => {
    const engine = await tinyEngine();
    const stream = engine.openStream({ sampleRate: RATE });
    for (let i = 0; i < 20; i++) stream.push(QUIET);
    await engine.close(0);
    await expect(stream.finish()).rejects.toMatchObject({ code: 'AUR_SERVING_SHUTDOWN' });
  });
});

describe('a stream', () => {
  it('takes no audio after its end', async () => {
    const engine = await tinyEngine();
    const stream = engine.openStream({ sampleRate: RATE });
    stream.push(QUIET);
    const transcript = stream.finish();
    expect(() => stream.push(QUIET)).toThrow(expect.objectContaining({ code: 'AUR_SERVING_CLOSED' }));
    await transcript;
    expect(await stream.finish()).toEqual(await transcript);
  });

  it('leaves the buffer of its caller alone', async () => {
    const engine = await tinyEngine();
    const stream = engine.openStream({ sampleRate: RATE });
    const samples = QUIET.slice();
    stream.push(samples);
    stream.push(samples);
    await stream.finish();
    expect(samples).toEqual(QUIET);
  });

  it('says how much waits, and when there is room for more', async () => {
    const engine = await tinyEngine();
    const stream = engine.openStream({ sampleRate: RATE });
    for (let i = 0; i < 30; i++) stream.push(QUIET);
    const most = stream.pendingBytes;
    expect(most).toBe(30 * QUIET.byteLength);
    await stream.drained(most);
    expect(stream.pendingBytes).toBeLessThanOrEqual(most / 2);
    await stream.finish();
    expect(stream.pendingBytes).toBe(0);
  });

  it('hears nothing more once it is closed', async () => {
    const engine = await tinyEngine();
    const heard: LogProbs[] = [];
    const stream = engine.openStream({ sampleRate: RATE, onLogProbs: (chunk) => heard.push(chunk) });
    stream.push(QUIET);
    stream.close();
    await expect(stream.finish()).rejects.toMatchObject({ code: 'AUR_SERVING_CLOSED' });
    await transcribeSamples(engine, { samples: QUIET, sampleRate: RATE });
    expect(heard).toEqual([]);
  });

  it('fails alone when its audio cannot be decoded', async () => {
    const engine = await tinyEngine();
    const other = engine.openStream({ sampleRate: RATE });
    const stream = engine.openStream({ sampleRate: RATE, encoding: 's16le' });
    other.push(QUIET);
    stream.push(new Uint8Array(641));
    await expect(stream.finish()).rejects.toMatchObject({ code: 'AUR_AUDIO_ODD_BYTES' });
    expect((await other.finish()).text).not.toBe('');
  });

  it('passes log-probs on as they are: rows whose probabilities sum to 1', async () => {
    const engine = await tinyEngine();
    const heard: LogProbs[] = [];
    await transcribeSamples(engine, { samples: QUIET, sampleRate: RATE }, { onLogProbs: (chunk) => heard.push(chunk) });
    for (const { values, frames } of heard) {
      expect(frames).toBe(TINY.window / TINY.subsampling);
      expect(values.length).toBe(frames * TINY.tokens.length);
      const row = values.subarray(0, TINY.tokens.length);
      expect(row.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 5);
    }
    expect(heard.length).toBeGreaterThan(3);
  });
});

it('the process ends by itself once the engine is closed', async () => {
  const engine = await tinyEngine({}, { workers: 2 });
  const gone = engine.threads.map(({ thread }) => once(thread, 'exit'));
  await engine.close();
  expect((await Promise.all(gone)).map(([code]) => code)).toEqual([0, 0]);
});
