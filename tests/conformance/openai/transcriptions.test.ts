/** The OpenAI SDK and curl, unmodified but for the address, hear from this service's REST endpoint what the offline run hears. */
import { createReadStream } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, output, systemProgram } from '../programs.js';
import { RATE } from '../recordings.js';
import { type Service, startService } from '../service.js';

let service: Service;
let openai: OpenAI;
let isResponse: (value: unknown) => boolean;
beforeAll(async () => {
  service = await startService();
  openai = new OpenAI({ baseURL: `${service.server.url}/v1`, apiKey: 'key', maxRetries: 0 });
  const document = await (await fetch(`${service.server.url}/openapi.json`)).json();
  const { content } = document.paths['/v1/audio/transcriptions'].post.responses[200];
  isResponse = new Ajv2020({ strict: false, validateFormats: false }).compile(content['application/json'].schema);
});
afterAll(() => service.close());

const MODEL = 'gpt-4o-transcribe';
const texts = () => service.recordings.map(({ text }) => text);
const first = () => ({ ...service.recordings[0], file: createReadStream(service.recordings[0].path) });

describe('each hears the text of the offline run for 20 recordings', () => {
  it('openai', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ path }) => {
      const transcription = await openai.audio.transcriptions.create({ file: createReadStream(path), model: MODEL });
      expect(isResponse(transcription)).toBe(true);
      return transcription.text;
    });
    expect(heard).toEqual(texts());
  });

  it('openai, by events', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ path }) => {
      const events = await openai.audio.transcriptions.create({
        file: createReadStream(path),
        model: MODEL,
        stream: true,
      });
      let deltas = '';
      let done = '';
      for await (const event of events) {
        if (event.type === 'transcript.text.delta') deltas += event.delta;
        if (event.type === 'transcript.text.done') done = event.text;
      }
      expect(deltas).toBe(done);
      return done;
    });
    expect(heard).toEqual(texts());
  });

  const curl = systemProgram('curl');
  it.skipIf(!curl)('curl', async () => {
    const heard = await inParallel(service.recordings, 4, ({ path }) =>
      output(curl!, [
        ...[
          '--silent',
          '--header',
          'Authorization: Bearer key',
          '--form',
          `file=@${path}`,
          '--form',
          'model=whisper-1',
        ],
        ...['--form', 'response_format=text', `${service.server.url}/v1/audio/transcriptions`],
      ]),
    );
    expect(heard.map((text) => text.trim())).toEqual(texts());
  });
});

describe('the forms of the answer', () => {
  it('verbose_json has the language, the length, segments and words', async () => {
    const { file, text, samples } = first();
    const verbose = await openai.audio.transcriptions.create({
      ...{ file, model: 'whisper-1', response_format: 'verbose_json' as const },
      timestamp_granularities: ['word', 'segment'],
    });
    expect(isResponse(verbose)).toBe(true);
    expect(verbose).toMatchObject({ task: 'transcribe', language: 'en', text });
    expect(verbose.duration).toBeCloseTo(samples.length / RATE, 2);
    expect(verbose.words!.map(({ word }) => word).join(' ')).toBe(text);
    expect(verbose.segments!.map((segment) => segment.text.trim()).join(' ')).toBe(text);
    for (const { avg_logprob: logProb, compression_ratio: ratio } of verbose.segments!) {
      expect(logProb).toBeLessThanOrEqual(0);
      expect(ratio).toBeGreaterThan(0);
    }
  });

  it('verbose_json has segments alone, or words alone, as asked for', async () => {
    const ask = (granularities?: ('word' | 'segment')[]) =>
      openai.audio.transcriptions.create({
        ...{ file: first().file, model: 'whisper-1', response_format: 'verbose_json' as const },
        timestamp_granularities: granularities,
      });
    expect(Object.keys(await ask())).not.toContain('words');
    expect(Object.keys(await ask(['word']))).not.toContain('segments');
  });

  it('srt and vtt have a cue a segment, with times that grow', async () => {
    const ask = async (format: 'srt' | 'vtt') => {
      const { path } = service.recordings.find(({ text }) => text.split(' ').length > 4)!;
      return (await openai.audio.transcriptions.create({
        ...{ file: createReadStream(path), model: 'whisper-1', response_format: format },
      })) as unknown as string;
    };
    const srt = await ask('srt');
    expect(srt).toMatch(/^1\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}\n\w+/);
    const vtt = await ask('vtt');
    expect(vtt).toMatch(/^WEBVTT\n\n\d\d:\d\d:\d\d\.\d{3} --> \d\d:\d\d:\d\d\.\d{3}\n\w+/);
    const times = [...vtt.matchAll(/\d\d:\d\d:\d\d\.\d{3}/g)].map(([time]) => time);
    expect(times).toEqual([...times].sort());
    expect(srt.match(/-->/g)).toHaveLength(vtt.match(/-->/g)!.length);
  });

  it('text is text, json the default', async () => {
    const { file, text } = first();
    const plain = await openai.audio.transcriptions.create({ file, model: 'whisper-1', response_format: 'text' });
    expect(String(plain).trim()).toBe(text);
  });
});

describe('a request', () => {
  it('may hold every field that is documented as without effect', async () => {
    const { file, text } = first();
    const transcription = await openai.audio.transcriptions.create({
      ...{ file, model: MODEL, language: 'en', temperature: 0.3, include: ['logprobs'] },
      ...{ chunking_strategy: { type: 'server_vad', silence_duration_ms: 300 } },
    });
    expect(transcription.text).toBe(text);
  });

  it('may name phrases, in a prompt or as keywords', async () => {
    const { text, wav } = service.recordings[0];
    const ask = async (more: object) =>
      (await openai.audio.transcriptions.create({ file: await toFile(wav, 'a.wav'), model: MODEL, ...more })).text;
    expect(await ask({ prompt: `${text}. A sentence of more words than a phrase has; Auricle` })).toBe(text);
    const [word] = text.split(' ');
    const times = (heard: string) => heard.split(' ').filter((each) => each === word).length;
    expect(times(await ask({ keywords: [word] }))).toBeGreaterThanOrEqual(times(text));
  });

  it('may hold a recording in any format that is read here', async () => {
    const flac = new URL('../../audio/fixtures/fbank_golden.flac', import.meta.url);
    const { text } = await openai.audio.transcriptions.create({ file: createReadStream(flac), model: MODEL });
    expect(text).toBeTypeOf('string');
  });
});
