/** What the OpenAI SDK throws when a request to the REST endpoint cannot be served. */
import OpenAI, { APIError, BadRequestError, InternalServerError, toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startService } from '../service.js';

let service: Service;
let openai: OpenAI;
beforeAll(async () => {
  service = await startService({ recordings: 1, engine: { maxStreams: 1 }, server: { maxUploadBytes: 1_000_000 } });
  openai = new OpenAI({ baseURL: `${service.server.url}/v1`, apiKey: 'key', maxRetries: 0 });
});
afterAll(() => service.close());

const wav = () => toFile(service.recordings[0].wav, 'a.wav');
const failure = async (fields: object, file: unknown = undefined): Promise<APIError> => {
  const body = { file: file ?? (await wav()), model: 'whisper-1', ...fields };
  const error = await openai.audio.transcriptions.create(body as never).then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(APIError);
  return error as APIError;
};

describe('a BadRequestError', () => {
  const cases: [string, object, string, string][] = [
    ['an unknown field', { colour: 'red' }, 'colour', 'unknown_parameter'],
    ['an unknown format', { response_format: 'docx' }, 'response_format', 'invalid_value'],
    ['a form that needs speakers', { response_format: 'diarized_json' }, 'response_format', 'invalid_value'],
    ['a temperature beyond 1', { temperature: 3 }, 'temperature', 'invalid_value'],
    ['times of what has none', { timestamp_granularities: ['phone'] }, 'timestamp_granularities.0', 'invalid_value'],
    ['subtitles as events', { stream: true, response_format: 'srt' }, 'response_format', 'invalid_value'],
    ['no model', { model: undefined }, 'model', 'missing_required_parameter'],
  ];
  it.each(cases)('for %s', async (_, fields, param, code) => {
    const error = await failure(fields);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ status: 400, param, code, type: 'invalid_request_error' });
    expect(error.message).toContain(param);
  });

  it.each([[false], [true]])('for what is no audio, by events: %s', async (stream) => {
    const error = await failure(
      { stream },
      await toFile(Buffer.from('no audio at all, whatever one makes of it'), 'a.wav'),
    );
    expect(error).toMatchObject({ status: 400, param: 'file', code: 'AUR_AUDIO_UNKNOWN_FORMAT' });
  });

  it('for a file without a byte', async () => {
    expect(await failure({}, await toFile(Buffer.alloc(0), 'a.wav'))).toMatchObject({ status: 400, param: 'file' });
  });

  it('for no file, no form, or half a form', async () => {
    const post = async (body: BodyInit, headers: Record<string, string> = {}) => {
      const response = await fetch(`${service.server.url}/v1/audio/transcriptions`, { method: 'POST', body, headers });
      return [response.status, ((await response.json()) as { error: { type: string } }).error.type];
    };
    const form = new FormData();
    form.set('model', 'whisper-1');
    expect(await post(form)).toEqual([400, 'invalid_request_error']);
    form.set('file', 'text instead of a file');
    expect(await post(form)).toEqual([400, 'invalid_request_error']);
    expect(await post('{}', { 'content-type': 'application/json' })).toEqual([400, 'invalid_request_error']);
    expect(await post('--x\r\n', { 'content-type': 'multipart/form-data; boundary=x' })).toEqual([
      400,
      'invalid_request_error',
    ]);
    expect(await post('a', { 'content-type': 'multipart/form-data' })).toEqual([400, 'invalid_request_error']);
  });
});

describe('other errors', () => {
  it('413 for a form that is too large', async () => {
    const error = await failure({}, await toFile(Buffer.alloc(1_200_000), 'a.wav'));
    expect(error).toMatchObject({ status: 413, code: 'AUR_PROTOCOL_TOO_LARGE' });
  });

  it.each([[false], [true]])(
    'an InternalServerError of 503 where all streams are taken, by events: %s',
    async (stream) => {
      const taken = service.engine.openStream({ sampleRate: 16_000 });
      const error = await failure({ stream });
      expect(error).toBeInstanceOf(InternalServerError);
      expect(error).toMatchObject({ status: 503, code: 'overloaded' });
      taken.close();
    },
  );

  it('405 for another method', async () => {
    const response = await fetch(`${service.server.url}/v1/audio/transcriptions`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('leaves no stream behind when the client leaves', async () => {
    const long = service.recordings[0].wav;
    const leaving = new AbortController();
    const request = openai.audio.transcriptions.create(
      { file: await toFile(long, 'a.wav'), model: 'whisper-1' },
      { signal: leaving.signal },
    );
    leaving.abort();
    await expect(request).rejects.toThrow();
    const { text } = await retried(async () =>
      openai.audio.transcriptions.create({ file: await wav(), model: 'whisper-1' }),
    );
    expect(text).toBe(service.recordings[0].text);
    expect(service.engine.openStreams).toBe(0);
  });

  /** Until the place is free that the client who left had. */
  async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof InternalServerError)) throw error;
      }
    }
  }
});
