/** Several models in one engine: each is loaded when a stream first asks for it, and loaded anew while streams go on. */
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { connect } from '@auricle/client';
import { createEngine, type Engine, type EngineOptions, startServer, transcribeSamples } from '@auricle/serving';
import { ModelFiles } from '@auricle/serving/model-files';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DIGITS } from '../../client/fixtures/joined-digits.js';
import { burstsOfSound, writeTinyBundle } from '../fixtures/tiny-model.js';

const log = pino({ level: 'silent' });
const NOISE = { samples: burstsOfSound(1, 16_000, 2), sampleRate: 16_000 };
let root: string;
let bundles = 0;
const engines: Engine[] = [];
let digits: { samples: Float32Array; sampleRate: number };
let digitsText: string;
let noiseText: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-models-'));
  digits = await readAudioFile(join(DIGITS, 'recording.wav'));
  const [one, other] = [await engineOf({ bundle: DIGITS }), await engineOf({ bundle: await tiny() })];
  digitsText = (await transcribeSamples(one, digits)).text;
  noiseText = (await transcribeSamples(other, NOISE)).text;
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close(0)));
});
afterAll(() => rm(root, { recursive: true }));

async function engineOf(options: EngineOptions): Promise<Engine> {
  const engine = await createEngine(options);
  engines.push(engine);
  return engine;
}

const tiny = () => writeTinyBundle(join(root, `bundle-${bundles++}`));
/** Makes a folder's bundle that of the digits. */
const becomeDigits = (dir: string) => cp(DIGITS, dir, { recursive: true });

async function said(engine: Engine, { samples, sampleRate }: typeof NOISE, model?: string): Promise<string> {
  const stream = engine.openStream({ sampleRate, model });
  stream.push(samples);
  return (await stream.finish()).text;
}

describe('a model beside the default one', () => {
  it('is loaded when a stream first asks for it, which need not wait for that', async () => {
    const engine = await engineOf({ bundle: await tiny(), models: { digits: { bundle: DIGITS } } });
    expect(engine.models).toEqual(['tiny', 'digits']);
    expect(engine.threads.length).toBe(1);
    expect(await said(engine, digits, 'digits')).toBe(digitsText);
    expect(engine.threads.length).toBe(2);
    expect(await said(engine, NOISE)).toBe(noiseText);
    expect(await said(engine, NOISE, 'tiny')).toBe(noiseText);
  });

  it('is refused where there is none of the name', async () => {
    const engine = await engineOf({ bundle: await tiny(), models: { digits: { bundle: DIGITS } } });
    expect(() => engine.openStream({ sampleRate: 8000, model: 'letters' })).toThrow(
      expect.objectContaining({ code: 'AUR_SERVING_NO_MODEL', message: expect.stringContaining('tiny, digits') }),
    );
    expect(engine.servedModel('whisper-1')).toBeUndefined();
    expect(engine.servedModel('digits')).toBe('digits');
  });

  it('must have a name of its own', async () => {
    const bundle = await tiny();
    await expect(createEngine({ bundle, models: { tiny: { bundle: DIGITS } } })).rejects.toMatchObject({
      code: 'AUR_SERVING_OPTION',
    });
  });

  it('fails the streams that wait for it when it cannot be loaded, and is tried again for the next', async () => {
    const broken = await tiny();
    const engine = await engineOf({ bundle: await tiny(), models: { other: { bundle: broken } } });
    await writeFile(join(broken, 'model.onnx'), 'none');
    await expect(said(engine, NOISE, 'other')).rejects.toMatchObject({ code: 'AUR_SERVING_MODEL' });
    expect(engine.openStreams).toBe(0);
    await writeTinyBundle(broken);
    expect(await said(engine, NOISE, 'other')).toBe(noiseText);
  });
});

describe('a model that is loaded anew', () => {
  it('keeps the streams that are open, gets those that are opened then, and leaves no thread behind', async () => {
    const dir = await tiny();
    const engine = await engineOf({ bundle: dir });
    const stream = engine.openStream({ sampleRate: NOISE.sampleRate });
    stream.push(NOISE.samples.subarray(0, 9000));
    const [{ thread }] = engine.threads;
    const gone = once(thread, 'exit');
    await becomeDigits(dir);
    await engine.reload();
    expect(engine.models).toEqual(['tiny']);
    expect(engine.bundle.description.name).toBe('digits-en');
    expect(await said(engine, digits)).toBe(digitsText);
    stream.push(NOISE.samples.subarray(9000));
    expect((await stream.finish()).text).toBe(noiseText);
    await gone;
    expect(engine.openStreams).toBe(0);
  });

  it('stays as it was when that fails', async () => {
    const dir = await tiny();
    const engine = await engineOf({ bundle: dir });
    await writeFile(join(dir, 'model.onnx'), 'none');
    await expect(engine.reload()).rejects.toMatchObject({ code: expect.stringMatching(/^AUR_/) });
    expect(await said(engine, NOISE)).toBe(noiseText);
  });

  it('is looked for in its files, which may come piece by piece', async () => {
    const dir = await tiny();
    const engine = await engineOf({ bundle: dir });
    const files = await ModelFiles.of(engine, log);
    await files.reloadChanged(true);
    expect(engine.bundle.description.name).toBe('tiny');
    await becomeDigits(dir);
    await files.reloadChanged(true);
    expect(engine.bundle.description.name).toBe('tiny');
    await files.reloadChanged(true);
    expect(engine.bundle.description.name).toBe('digits-en');
    await writeTinyBundle(dir);
    await rm(join(dir, 'model.int8.onnx'));
    await files.reloadChanged();
    expect(await said(engine, NOISE)).toBe(noiseText);
  });
});

it('a service lists its models, and a stream over the native protocol chooses one', async () => {
  const engine = await engineOf({ bundle: await tiny(), models: { digits: { bundle: DIGITS } } });
  const server = await startServer({ engine, port: 0, log });
  const { data } = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
  expect(data.map(({ id }) => id)).toEqual(['tiny', 'digits']);
  const client = await connect(server.url, { sampleRate: digits.sampleRate, encoding: 'f32le', model: 'digits' });
  expect(client.ready.model).toEqual({ name: 'digits', language: 'en' });
  await client.send(digits.samples);
  client.end();
  const texts: string[] = [];
  for await (const message of client.results) if (message.type === 'final') texts.push(message.text);
  expect(texts.join(' ')).toBe(digitsText);
  await expect(connect(server.url, { sampleRate: 8000, model: 'letters' })).rejects.toMatchObject({
    code: 'AUR_SERVING_NO_MODEL',
  });
  await server.close();
});
