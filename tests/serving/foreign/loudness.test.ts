/** Speech events and rules of silence go by loudness, which only log-mel frames of samples in [-1, 1] tell: asked of another model, a stream is refused. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuricleError } from '@auricle/audio';
import { NAMED_ENDPOINT_RULES } from '@auricle/decoding';
import { createEngine, type Engine, type StreamOptions } from '@auricle/serving';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound } from '../fixtures/tiny-model.js';
import { FAMILIES, type StreamingFamily, TONE, writeModel } from './random-models.js';

const LOG_MEL: readonly StreamingFamily[] = ['nemo-ctc', 'zipformer2-ctc'];
const ASKED: [what: string, options: Partial<StreamOptions>][] = [
  ['speech events', { onSpeech: () => undefined }],
  ['a rule of silence', { endpointRules: [NAMED_ENDPOINT_RULES.silence] }],
];

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-loudness-'));
});
afterAll(() => rm(root, { recursive: true }));

describe.each(FAMILIES)('a %s model', (family) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine({ bundle: await writeModel(join(root, family), family) });
  });
  afterAll(() => engine.close());

  const { sampleRate } = family === 't-one-ctc' ? TONE : { sampleRate: 16_000 };
  const samples = burstsOfSound(5, sampleRate, 2, 0.4);
  const textOf = (options: Partial<StreamOptions>) => {
    const stream = engine.openStream({ sampleRate, ...options });
    stream.push(samples);
    return stream.finish().then(({ text }) => text);
  };

  it.each(ASKED)(
    `asked for %s ${LOG_MEL.includes(family) ? 'goes on' : 'refuses the stream, and no other'}`,
    async (_, asked) => {
      const errors: AuricleError[] = [];
      const neighbour = textOf({});
      const heard = textOf({ ...asked, onError: (error) => errors.push(error) });
      if (LOG_MEL.includes(family)) {
        expect((await heard).length).toBeGreaterThan(0);
        expect(errors).toEqual([]);
      } else {
        await expect(heard).rejects.toMatchObject({
          code: 'AUR_SERVING_NOT_LOG_MEL',
          message: expect.stringContaining(family),
        });
        expect(errors.map(({ code }) => code)).toEqual(['AUR_SERVING_NOT_LOG_MEL']);
      }
      expect((await neighbour).length).toBeGreaterThan(0);
      expect(engine.openStreams).toBe(0);
    },
  );
});
