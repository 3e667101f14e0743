/** A live stream against a real server: what it says with a good line, over one that breaks, and when there is no going on. */
import { type LiveResult, openStream, type ReconnectOptions } from '@auricle/client';
import { createEngine, type Engine, type RunningServer, startServer, transcribeSamples } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CuttingProxy, cuttingProxy } from './fixtures/cutting-proxy.js';
import { DIGITS, joinedDigits, seededRandom } from './fixtures/joined-digits.js';
import { brokenRun, finalWords, liveRun } from './fixtures/live-run.js';

const log = pino({ level: 'silent' });
let engine: Engine;
let server: RunningServer;
let proxy: CuttingProxy;

beforeAll(async () => {
  engine = await createEngine({ bundle: DIGITS });
});
afterAll(() => engine.close());
beforeEach(async () => {
  server = await startServer({ engine, port: 0, log });
  proxy = await cuttingProxy(server.url);
});
afterEach(async () => {
  await proxy.close();
  await server.close();
});

const wordsOf = (results: readonly LiveResult[]) => finalWords(results).map(({ word }) => word);

describe('over a good line', () => {
  it('says what the offline run says, with its times, and counts its segments', async () => {
    const recording = await joinedDigits(20, seededRandom(1));
    const offline = await transcribeSamples(engine, recording);
    const results = await liveRun(server.url, recording);
    const finals = results.filter((result) => result.type === 'final');
    expect(finals.map(({ text }) => text)).toEqual(offline.segments.map(({ text }) => text));
    expect(finals.map(({ segment }) => segment)).toEqual(offline.segments.map((_, i) => i));
    const words = offline.segments.flatMap((segment) => segment.words);
    finalWords(results).forEach(({ start, end }, i) => {
      expect(start).toBeCloseTo(words[i].start, 3);
      expect(end).toBeCloseTo(words[i].end, 3);
    });
    expect(results.at(-1)).toEqual({ type: 'done', audioSeconds: 20, segments: finals.length });
  });

  it.each([
    ['floats as integers', 's16le', (x: Float32Array) => x],
    ['floats as they are', 'f32le', (x: Float32Array) => x],
    ['integers', 's16le', (x: Float32Array) => Int16Array.from(x, (v) => Math.round(v * 32_767))],
    ['integers as floats', 'f32le', (x: Float32Array) => Int16Array.from(x, (v) => Math.round(v * 32_767))],
    ['bytes', 'f32le', (x: Float32Array) => new Uint8Array(x.slice().buffer)],
  ] as const)('takes %s', async (_, encoding, convert) => {
    const recording = await joinedDigits(8, seededRandom(2));
    const stream = await openStream(server.url, { sampleRate: recording.sampleRate, encoding, partials: false });
    await stream.send(convert(recording.samples));
    stream.end();
    const results: LiveResult[] = [];
    for await (const result of stream) results.push(result);
    expect(wordsOf(results).join(' ')).toBe((await transcribeSamples(engine, recording)).text);
    expect(results.map(({ type }) => type)).not.toContain('partial');
  });
});

describe('finalized', () => {
  /** Streams a recording that is finalized after each part but the last. */
  async function run(
    url: string,
    parts: readonly Float32Array[],
    sampleRate: number,
    between: () => Promise<void> = async () => undefined,
  ) {
    const stream = await openStream(url, { sampleRate, encoding: 'f32le', reconnect: { firstDelayMs: 1 } });
    const results: LiveResult[] = [];
    const reading = (async () => {
      for await (const result of stream) results.push(result);
    })();
    for (const part of parts.slice(0, -1)) {
      await stream.send(part);
      const done = stream.finalize();
      await between();
      await done;
    }
    await stream.send(parts.at(-1)!);
    stream.end();
    await reading;
    return results;
  }

  it('says what streams of the parts say, over a good line and over one that is cut while it waits', async () => {
    const random = seededRandom(4);
    const { sampleRate } = await joinedDigits(4, random);
    // A part of a word before a cut line and the rest after it may be heard as one.
    const parts: Float32Array[] = [];
    for (const seconds of [5, 6, 5]) parts.push((await joinedDigits(seconds, random)).samples);
    const texts = await Promise.all(parts.map((part) => transcribeSamples(engine, { samples: part, sampleRate })));
    const expected = texts.map(({ text }) => text).join(' ');
    expect(wordsOf(await run(server.url, parts, sampleRate)).join(' ')).toBe(expected);
    const cut = await run(proxy.url, parts, sampleRate, async () => proxy.cutAll());
    expect(wordsOf(cut).join(' ')).toBe(expected);
  });

  it('is refused after the end', async () => {
    const stream = await openStream(server.url, { sampleRate: 8000 });
    stream.end();
    await expect(stream.finalize()).rejects.toMatchObject({ code: 'AUR_CLIENT_CLOSED' });
    for await (const _ of stream);
  });
});

describe('over a line that breaks', () => {
  it.each([1, 2])('loses no word and repeats none, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const recording = await joinedDigits(60, random);
    const { text } = await transcribeSamples(engine, recording);
    const results = await brokenRun(proxy, recording, 8, random);
    expect(proxy.cuts).toBe(8);
    expect(results.filter(({ type }) => type === 'resumed').length).toBeGreaterThanOrEqual(8);
    expect(wordsOf(results).join(' ')).toBe(text);
    const segments = results.filter((result) => result.type === 'final').map(({ segment }) => segment);
    expect(segments).toEqual(segments.map((_, i) => i));
  });
});

describe('when there is no going on', () => {
  const RATE = 8000;
  const SILENCE = new Float32Array(RATE);
  const collect = async (stream: AsyncIterable<LiveResult>) => {
    const types: string[] = [];
    try {
      for await (const { type } of stream) types.push(type);
    } catch (error) {
      return { types, code: (error as { code: string }).code };
    }
    return { types, code: undefined };
  };

  it('fails with the connection after as many attempts as it may make', async () => {
    const stream = await openStream(proxy.url, { sampleRate: RATE, reconnect: { attempts: 3, firstDelayMs: 1 } });
    await stream.send(SILENCE);
    proxy.refuse(true);
    proxy.cutAll();
    expect(await collect(stream)).toEqual({ types: ['interrupted'], code: 'AUR_CLIENT_CONNECTION' });
    await expect(stream.send(SILENCE)).resolves.toBeUndefined();
  });

  it('fails at once where it is not to reconnect', async () => {
    const stream = await openStream(proxy.url, { sampleRate: RATE, reconnect: false });
    proxy.cutAll();
    expect(await collect(stream)).toEqual({ types: [], code: 'AUR_CLIENT_CONNECTION' });
  });

  it('fails at once with what another connection would not mend', async () => {
    const stream = await openStream(proxy.url, { sampleRate: RATE, encoding: 'f32le' });
    await stream.send(Float32Array.of(Number.NaN));
    expect(await collect(stream)).toEqual({ types: [], code: 'AUR_AUDIO_NOT_FINITE' });
  });

  it('says what a server refuses, and where there is none', async () => {
    await expect(openStream(server.url, { sampleRate: 0 })).rejects.toMatchObject({ code: 'AUR_PROTOCOL_MESSAGE' });
    await expect(openStream('http://127.0.0.1:1', { sampleRate: RATE })).rejects.toMatchObject({
      code: 'AUR_CLIENT_CONNECTION',
    });
  });

  it('goes on when the server comes back, and tells of audio that it could not keep so long', async () => {
    const stream = await openStream(proxy.url, { sampleRate: RATE, reconnect: { keepSeconds: 30, firstDelayMs: 1 } });
    const results = stream[Symbol.asyncIterator]();
    proxy.refuse(true);
    proxy.cutAll();
    expect((await results.next()).value).toMatchObject({ type: 'interrupted' });
    // Nobody waits for room: there is no connection.
    for (let i = 0; i < 40; i++) void stream.send(SILENCE);
    proxy.refuse(false);
    expect((await results.next()).value).toMatchObject({ type: 'warning', code: 'AUR_CLIENT_AUDIO_LOST' });
    expect((await results.next()).value).toEqual({ type: 'resumed', from: 10 });
    stream.end();
    expect((await results.next()).value).toEqual({ type: 'done', audioSeconds: 40, segments: 0 });
    expect((await results.next()).done).toBe(true);
  });

  it('ends where it is when it is closed', async () => {
    const stream = await openStream(server.url, { sampleRate: RATE });
    stream.close();
    expect(await collect(stream)).toEqual({ types: [], code: undefined });
    await expect(stream.send(SILENCE)).rejects.toMatchObject({ code: 'AUR_CLIENT_CLOSED' });
  });

  it.each([
    [{ attempts: 0 }, 'reconnect.attempts: 0 is not a number from 1 to 1000000'],
    [{ keepSeconds: Number.NaN }, 'reconnect.keepSeconds: NaN is not a number from 30 to 86400'],
    [
      { tries: 3 } as Partial<ReconnectOptions>,
      'reconnect.tries: tries is not one of attempts, firstDelayMs, longestDelayMs, keepSeconds',
    ],
  ] as [Partial<ReconnectOptions>, string][])('refuses %j', async (reconnect, message) => {
    await expect(openStream(server.url, { sampleRate: RATE, reconnect })).rejects.toMatchObject({
      code: 'AUR_CLIENT_OPTION',
      message,
    });
  });

  it('refuses audio that is none', async () => {
    const stream = await openStream(server.url, { sampleRate: RATE });
    await expect(stream.send(new Uint8Array(3))).rejects.toMatchObject({ code: 'AUR_CLIENT_OPTION' });
    await expect(stream.send([0, 1] as unknown as Float32Array)).rejects.toMatchObject({ code: 'AUR_CLIENT_OPTION' });
    stream.close();
  });
});
