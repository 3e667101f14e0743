/** Recordings go by Deepgram's SDKs and by curl to the prerecorded endpoint; the text of the offline run comes out, in Deepgram's form. */
import { readFile } from 'node:fs/promises';
import { DeepgramClient } from '@deepgram/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { createClient } from 'deepgram-sdk-3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel, output, systemProgram } from '../programs.js';
import { RATE } from '../recordings.js';
import { type Service, startService } from '../service.js';

let service: Service;
let isResponse: (value: unknown) => boolean;
beforeAll(async () => {
  service = await startService();
  const document = await (await fetch(`${service.server.url}/openapi.json`)).json();
  const { schema } = document.paths['/v1/listen'].post.responses[200].content['application/json'];
  isResponse = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
});
afterAll(() => service.close());

interface Response {
  metadata: { duration: number; channels: number; sha256: string; extra?: Record<string, string> };
  results: {
    channels: { alternatives: { transcript: string; words: { word: string; start: number }[] }[] }[];
    utterances?: { transcript: string; channel: number; start: number; end: number }[];
  };
}
const textOf = ({ results }: Response, channel = 0) => results.channels[channel].alternatives[0].transcript;

const client = () => new DeepgramClient({ apiKey: 'key', baseUrl: service.server.url });
const transcribe = async (audio: Buffer, options: Record<string, unknown> = {}) => {
  const response = (await client().listen.v1.media.transcribeFile(audio, {
    model: 'nova-3',
    ...options,
  })) as unknown as Response;
  expect(isResponse(response)).toBe(true);
  return response;
};

describe('each hears the text of the offline run for 20 recordings', () => {
  const texts = () => service.recordings.map(({ text }) => text);

  it('@deepgram/sdk', async () => {
    expect(await inParallel(service.recordings, 4, async ({ wav }) => textOf(await transcribe(wav)))).toEqual(texts());
  });

  it('@deepgram/sdk 3', async () => {
    const old = createClient('key', { global: { fetch: { options: { url: service.server.url } } } });
    const heard = await inParallel(service.recordings, 4, async ({ wav }) => {
      const { result, error } = await old.listen.prerecorded.transcribeFile(wav, { model: 'nova-3' });
      expect(error).toBeNull();
      return textOf(result as unknown as Response);
    });
    expect(heard).toEqual(texts());
  });

  const curl = systemProgram('curl');
  it.skipIf(!curl)('curl', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ path }) => {
      const printed = await output(curl!, [
        ...[
          '--silent',
          '--request',
          'POST',
          '--header',
          'Authorization: Token key',
          '--header',
          'Content-Type: audio/wav',
        ],
        ...['--data-binary', `@${path}`, `${service.server.url}/v1/listen?model=nova-3`],
      ]);
      return textOf(JSON.parse(printed));
    });
    expect(heard).toEqual(texts());
  });
});

describe('the answer', () => {
  it('tells words, the length, the digest and what was sent along', async () => {
    const { wav, text, samples } = service.recordings[0];
    const { metadata, results } = await transcribe(wav, { extra: ['job:7'], tag: 'a', smart_format: true });
    expect(metadata.duration).toBeCloseTo(samples.length / RATE, 2);
    expect(metadata.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(metadata.extra).toEqual({ job: '7' });
    const [{ words }] = results.channels[0].alternatives;
    expect(words.map(({ word }) => word).join(' ')).toBe(text);
    expect(results.utterances).toBeUndefined();
  });

  it('tells utterances, parted by the pause that is asked for', async () => {
    const { wav, text } = service.recordings.find(({ text }) => text.split(' ').length > 4)!;
    const short = (await transcribe(wav, { utterances: true, utt_split: 0.3 })).results.utterances!;
    const long = (await transcribe(wav, { utterances: true, utt_split: 2 })).results.utterances!;
    expect(short.map(({ transcript }) => transcript).join(' ')).toBe(text);
    expect(long).toHaveLength(1);
    expect(short.length).toBeGreaterThan(1);
  });

  it('is of bare samples where the request says so, and of each channel', async () => {
    const { s16le, text } = service.recordings[0];
    expect(textOf(await transcribe(s16le, { encoding: 'linear16', queryParams: {} }).catch(() => bare(s16le, 1)))).toBe(
      text,
    );
    const stereo = Buffer.alloc(2 * s16le.length);
    for (let i = 0; i < s16le.length; i += 2) s16le.copy(stereo, 2 * i, i, i + 2);
    const both = await bare(stereo, 2);
    expect([textOf(both, 0), textOf(both, 1), both.metadata.channels]).toEqual([text, '', 2]);
  });

  async function bare(audio: Buffer, channels: number): Promise<Response> {
    const query = `encoding=linear16&sample_rate=${RATE}&channels=${channels}&multichannel=true`;
    const response = await fetch(`${service.server.url}/v1/listen?${query}`, {
      method: 'POST',
      body: Uint8Array.from(audio),
    });
    const answer = await response.json();
    expect(isResponse(answer)).toBe(true);
    return answer as Response;
  }

  it('is the same for the file of any format', async () => {
    const flac = await readFile(new URL('../../audio/fixtures/fbank_golden.flac', import.meta.url));
    expect(textOf(await transcribe(flac))).toBeTypeOf('string');
  });
});
