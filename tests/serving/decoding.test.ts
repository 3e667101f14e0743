/** Streams that are decoded by a beam, with a language model and hotwords: over the worker's border, and over the native protocol. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@auricle/client';
import { buildModel, DecoderFactory, type DecodingOptions, type Hotword, planDecoding } from '@auricle/decoding';
import { createEngine, type Engine, type LogProbs, startServer } from '@auricle/serving';
import { parseClientMessage } from '@auricle/serving/protocols/native/messages';
import { frameSecondsOf } from '@auricle/serving/recogniser';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound, writeTinyBundle } from './fixtures/tiny-model.js';

const RATE = 16_000;
let dir: string;
const engines: Engine[] = [];
const engineWith = async (decoding?: DecodingOptions) => {
  const engine = await createEngine({ bundle: dir, decoding });
  engines.push(engine);
  return engine;
};
let samples: Float32Array;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'auricle-decoding-'));
  await writeTinyBundle(dir);
  samples = burstsOfSound(3, RATE, 2, 0.4);
});
afterAll(async () => {
  for (const engine of engines) await engine.close();
  await rm(dir, { recursive: true });
});

/** The stream's text, the text that the same log-probs give where they are decoded here, and the stream's warnings. */
async function compare(engine: Engine, decoding: DecodingOptions, hotwords?: Hotword[], change?: Hotword[]) {
  const logProbs: LogProbs[] = [];
  const warnings: string[] = [];
  const stream = engine.openStream({
    sampleRate: RATE,
    hotwords,
    onLogProbs: (chunk) => logProbs.push(chunk),
    onWarning: ({ message }) => warnings.push(message),
  });
  if (change) stream.setHotwords(change);
  stream.push(samples);
  const { text, segments } = await stream.finish();
  const { tokens } = engine.bundle;
  const factory = new DecoderFactory(
    tokens,
    { frameSeconds: frameSecondsOf(engine.bundle) },
    planDecoding(tokens, decoding),
  );
  const { decoder } = factory.create(change ?? hotwords);
  for (const { values, frames } of logProbs) decoder.push(values, frames);
  return { text, expected: decoder.result(true).text, segments: segments.length, warnings };
}

describe('a stream with a beam', () => {
  it('says what the decoder says of the same log-probs', async () => {
    const { model: lm } = await buildModel(() => [['a b', 'ba ab', 'c']], { order: 2, shared: true });
    for (const decoding of [{ beam: 8 }, { lm, unknown: -1 }]) {
      const { text, expected, segments } = await compare(await engineWith(decoding), decoding);
      expect(segments).toBe(1);
      expect(expected).not.toBe('');
      expect(text).toBe(expected);
    }
  });

  it('takes hotwords of its own, also while it runs, and names those that it cannot use', async () => {
    const engine = await engineWith();
    const plain = await compare(engine, {});
    const wanted = [
      { phrase: 'fade', boost: 200 },
      { phrase: 'xyz', boost: 5 },
    ];
    const atOnce = await compare(engine, {}, wanted);
    expect(plain.text).not.toContain('fade');
    expect(atOnce.text).toContain('fade');
    expect(atOnce.text).toBe(atOnce.expected);
    expect(atOnce.warnings).toEqual(['hotword "xyz": "x" in "xyz" is not in the vocabulary']);
    const later = await compare(engine, {}, [], wanted);
    expect(later.text).toBe(atOnce.text);
    expect(later.warnings).toEqual(atOnce.warnings);
  });

  it('that decodes greedily is warned of hotwords that come too late, and goes on', async () => {
    const engine = await engineWith();
    const { text, warnings } = await compare(engine, {}, undefined, [{ phrase: 'fade', boost: 5 }]);
    expect(text).toBe((await compare(engine, {})).text);
    expect(warnings).toEqual([expect.stringContaining('the stream decodes greedily')]);
  });

  it('is served over the native protocol', async () => {
    const server = await startServer({ engine: await engineWith(), port: 0, log: pino({ level: 'silent' }) });
    try {
      const heard = async (hotwords: Hotword[] | undefined, change?: Hotword[]) => {
        const client = await connect(server.url, { sampleRate: RATE, encoding: 'f32le', partials: false, hotwords });
        if (change) client.setHotwords(change);
        await client.send(new Uint8Array(samples.slice().buffer));
        client.end();
        const messages = [];
        for await (const message of client.results) messages.push(message);
        return {
          text: messages.flatMap((message) => (message.type === 'final' ? [message.text] : [])).join(' '),
          warnings: messages.flatMap((message) => (message.type === 'warning' ? [message.code] : [])),
        };
      };
      const wanted = [
        { phrase: 'fade', boost: 200 },
        { phrase: ' ', boost: 2 },
      ];
      const atOnce = await heard(wanted);
      expect(atOnce.text).toContain('fade');
      expect(atOnce.warnings).toEqual(['AUR_DECODING_HOTWORD']);
      expect(await heard([], wanted)).toEqual(atOnce);
      expect((await heard(undefined)).text).not.toContain('fade');
    } finally {
      await server.close();
    }
  });

  it('refuses more hotwords than a stranger may bring', () => {
    const start = (hotwords: Hotword[]) => JSON.stringify({ type: 'start', sampleRate: RATE, hotwords });
    const long = Array.from({ length: 200 }, () => ({ phrase: 'a'.repeat(101), boost: 1 }));
    expect(() => parseClientMessage(start(long.slice(0, 198)))).not.toThrow();
    expect(() => parseClientMessage(start(long))).toThrow('expected at most 20000 characters in all');
    expect(() => parseClientMessage(start(Array(1001).fill({ phrase: 'a', boost: 1 })))).toThrow('hotwords');
  });

  it('is refused where the language model has other letters', async () => {
    const { model: lm } = await buildModel(() => [['FADE', 'BED']], { order: 1 });
    await expect(createEngine({ bundle: dir, decoding: { lm } })).rejects.toMatchObject({
      code: 'AUR_DECODING_LM_VOCABULARY',
    });
  });
});
