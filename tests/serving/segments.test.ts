/** What segments say beside their text (what is stable, alternatives), where they end, and when speech starts and ends: the same however the audio is cut. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@auricle/client';
import { type EndpointOptions, endpointRules, type SpeechEvent } from '@auricle/decoding';
import { createEngine, type Engine, type Segment, type StreamOptions, startServer } from '@auricle/serving';
import { parseClientMessage, parseServerMessage } from '@auricle/serving/protocols/native/messages';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound, writeTinyBundle } from './fixtures/tiny-model.js';

const RATE = 16_000;
let dir: string;
let engine: Engine;
/** Two bursts of 0.4 s, then 1.2 s of silence, and again. */
let samples: Float32Array;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'auricle-segments-'));
  await writeTinyBundle(dir);
  engine = await createEngine({ bundle: dir });
  samples = new Float32Array(5 * RATE);
  samples.set(burstsOfSound(3, RATE, 2, 0.4).subarray(0, 1.2 * RATE), 0.2 * RATE);
  samples.set(burstsOfSound(4, RATE, 2, 0.4).subarray(0, 1.2 * RATE), 2.6 * RATE);
});
afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true });
});

async function hear(options: Partial<StreamOptions> = {}, sizes: readonly number[] = [320], on = engine) {
  const segments: Segment[] = [];
  const events: SpeechEvent[] = [];
  const stream = on.openStream({
    sampleRate: RATE,
    onSegment: (segment) => segments.push(segment),
    onSpeech: (event) => events.push(event),
    ...options,
  });
  for (let at = 0, i = 0; at < samples.length; i++) {
    const size = sizes[i % sizes.length];
    stream.push(samples.subarray(at, at + size));
    at += size;
  }
  const { segments: finals } = await stream.finish();
  return { segments, finals, events };
}

const anySizes = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 6 }).filter(
  // Single samples all the way would take long.
  (sizes) => sizes.reduce((sum, size) => sum + size, 0) / sizes.length > 50,
);

describe('partial results', () => {
  it.each([
    ['greedy', undefined],
    ['with a beam', { beam: 4, settleSeconds: 0.3 }],
  ])('serve a client that can only append, %s', async (_, decoding) => {
    const other = await createEngine({ bundle: dir, decoding });
    const { segments } = await hear({}, [320], other);
    await other.close();
    let shown = '';
    let partials = 0;
    for (const { text, stableCharacters, isFinal } of segments) {
      expect(text.slice(0, shown.length)).toBe(shown);
      expect(stableCharacters).toBeGreaterThanOrEqual(shown.length);
      shown = isFinal ? '' : text.slice(0, stableCharacters);
      if (isFinal) expect(stableCharacters).toBe(text.length);
      else partials += stableCharacters > 0 ? 1 : 0;
    }
    expect(partials).toBeGreaterThan(0);
  });
});

describe('alternatives', () => {
  it('come with every segment of a stream that asked for them, the best first', async () => {
    const { finals, segments } = await hear({ alternatives: 3 });
    for (const { alternatives, text, words, start, end, confidence } of segments) {
      expect(alternatives!.length).toBeLessThanOrEqual(3);
      expect(alternatives![0]).toEqual({ text, words, start, end, confidence });
      expect(new Set(alternatives!.map((other) => other.text)).size).toBe(alternatives!.length);
    }
    expect(finals.some(({ alternatives }) => alternatives!.length === 3)).toBe(true);
    expect((await hear()).finals.every((final) => !('alternatives' in final))).toBe(true);
  });

  it('and all else are the same however the audio is cut', async () => {
    const whole = await hear({ alternatives: 4 });
    await fc.assert(
      fc.asyncProperty(anySizes, async (sizes) => {
        expect(await hear({ alternatives: 4 }, sizes)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  it('are refused in numbers that make no sense', () => {
    for (const alternatives of [0, 1.5, 101])
      expect(() => engine.openStream({ sampleRate: RATE, alternatives })).toThrow('stream.alternatives: seen');
  });
});

describe('speech events', () => {
  it('tell when sound starts and ends', async () => {
    const { events } = await hear();
    expect(events.map(({ type }) => type)).toEqual([
      'speech_started',
      'speech_ended',
      'speech_started',
      'speech_ended',
    ]);
    [0.2, 1.4, 2.6, 3.8].forEach((time, i) => {
      expect(Math.abs(events[i].time - time)).toBeLessThan(0.05);
    });
  });
});

describe('endpoints', () => {
  const endsOf = async (endpoint: EndpointOptions, sizes?: number[]) =>
    (await hear({ endpointRules: endpointRules(endpoint) }, sizes)).finals;
  const never = { rule1: false, rule2: false, rule3: false, rule4: false, rule5: false };

  it('are the rules that a stream brings', async () => {
    expect(await endsOf(never)).toHaveLength(1);
    expect(await endsOf({ ...never, rule4: { trailingSilence: 1 } })).toHaveLength(2);
    expect((await endsOf({ ...never, rule5: { utteranceLength: 0.6 } })).length).toBeGreaterThan(2);
  });

  it('come by the energy of the audio too, at the same place however it is cut', async () => {
    const byEnergy = await endsOf({ ...never, silence: { quiet: 0.6 } });
    expect(byEnergy).toHaveLength(2);
    expect(byEnergy[1].start).toBeGreaterThan(2.5);
    await fc.assert(
      fc.asyncProperty(anySizes, async (sizes) => {
        expect(await endsOf({ ...never, silence: { quiet: 0.6 } }, sizes)).toEqual(byEnergy);
      }),
      { numRuns: 5 },
    );
    expect(await endsOf({ ...never, silence: { quiet: 2 } })).toHaveLength(1);
  });
});

describe('a bundle', () => {
  it('that has them corrects times and confidences', async () => {
    const plain = (await hear()).finals;
    const corrected = await mkdtemp(join(tmpdir(), 'auricle-corrected-'));
    await writeTinyBundle(corrected);
    const file = join(corrected, 'bundle.json');
    const description = JSON.parse(await readFile(file, 'utf8'));
    description.wordTimes = { startOffset: -0.05, endOffset: 0 };
    description.confidence = { greedy: { kind: 'isotonic', from: [0.5], to: [0.25] } };
    await writeFile(file, JSON.stringify(description));
    const other = await createEngine({ bundle: corrected });
    try {
      const stream = other.openStream({ sampleRate: RATE });
      stream.push(samples);
      const { segments } = await stream.finish();
      const [first] = segments;
      expect(first.text).toBe(plain[0].text);
      expect(first.start).toBeCloseTo(plain[0].start - 0.05, 6);
      expect(first.words.every(({ confidence }) => confidence === 0.25)).toBe(true);
      expect(first.confidence).toBeCloseTo(0.25, 9);
    } finally {
      await other.close();
      await rm(corrected, { recursive: true });
    }
  });

  it('is refused where they make no sense', async () => {
    const bad = await mkdtemp(join(tmpdir(), 'auricle-bad-'));
    await writeTinyBundle(bad);
    const file = join(bad, 'bundle.json');
    const description = JSON.parse(await readFile(file, 'utf8'));
    description.confidence = { greedy: { kind: 'isotonic', from: [0.5, 0.4], to: [0.1, 0.2] } };
    await writeFile(file, JSON.stringify(description));
    await expect(createEngine({ bundle: bad })).rejects.toThrow('decoding.confidence.greedy.from[1]: seen 0.4');
    description.confidence = { greedy: { kind: 'logistic', scale: -1, offset: 0 } };
    await writeFile(file, JSON.stringify(description));
    await expect(createEngine({ bundle: bad })).rejects.toMatchObject({ code: 'AUR_BUNDLE_SCHEMA' });
    await rm(bad, { recursive: true });
  });
});

describe('over the native protocol', () => {
  it('all of it comes where it is asked for, and none where it is not', async () => {
    const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
    try {
      const talk = async (options: Partial<Parameters<typeof connect>[1]>) => {
        const client = await connect(server.url, { sampleRate: RATE, encoding: 'f32le', ...options });
        await client.send(new Uint8Array(samples.slice().buffer));
        client.end();
        const messages = [];
        for await (const message of client.results) messages.push(message);
        return messages;
      };
      const asked = await talk({
        alternatives: 2,
        speechEvents: true,
        endpoint: { silence: { quiet: 0.6 } },
        partials: false,
      });
      const { events, finals } = await hear({
        alternatives: 2,
        endpointRules: endpointRules({ silence: { quiet: 0.6 } }),
      });
      expect(asked.filter(({ type }) => type.startsWith('speech_'))).toEqual(
        events.map(({ type, time }) => ({ type, time: expect.closeTo(time, 3) })),
      );
      const found = asked.filter((message) => message.type === 'final');
      expect(found.map(({ text, stableCharacters }) => [text, stableCharacters])).toEqual(
        finals.map(({ text }) => [text, text.length]),
      );
      expect(found.map(({ alternatives }) => alternatives!.map(({ text }) => text))).toEqual(
        finals.map(({ alternatives }) => alternatives!.map(({ text }) => text)),
      );
      const plain = await talk({});
      expect(new Set(plain.map(({ type }) => type))).toEqual(new Set(['partial', 'final', 'done']));
      for (const message of plain) expect(message).not.toHaveProperty('alternatives');
    } finally {
      await server.close();
    }
  });

  it.each([
    [{ endpoint: { rule9: true } }, 'endpoint.rule9'],
    [{ endpoint: { rule1: { trailingSilence: -2 } } }, 'endpoint.rule1.trailingSilence: seen -2'],
    [{ endpoint: null }, 'endpoint: seen null'],
    [{ alternatives: 0 }, 'alternatives'],
    [{ speechEvents: 'yes' }, 'speechEvents'],
  ])('%j is refused', (options, message) => {
    const act = () => parseClientMessage(JSON.stringify({ type: 'start', sampleRate: RATE, ...options }));
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ code: 'AUR_PROTOCOL_MESSAGE' }));
  });

  it('speech events have a time', () => {
    expect(() => parseServerMessage('{"type":"speech_started"}')).toThrow('time');
  });
});
