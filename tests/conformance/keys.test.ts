/** A service with API keys goes to the official clients: those with the key are served, the others throw what they throw at their vendor's. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { DeepgramClient } from '@deepgram/sdk';
import { createClient } from 'deepgram-sdk-3';
import OpenAI, { AuthenticationError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { hasKeys, KEY, WITH_KEYS } from './admission.js';
import { type Service, startService } from './service.js';

describe.skipIf(!hasKeys())('a service with API keys', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ recordings: 1, server: WITH_KEYS, key: KEY });
  });
  afterAll(() => service.close());

  const WRONG = 'another-key-that-nobody-knows-of';
  const recording = () => service.recordings[0];

  describe('with the key', () => {
    it('serves @deepgram/sdk, live and by REST', async () => {
      const live = new DeepgramClient({ apiKey: KEY, baseUrl: service.socketUrl });
      const query = { model: 'nova-3', encoding: 'linear16', sample_rate: '16000', reconnectAttempts: 0 };
      const connection = await live.listen.v1.connect(query as never);
      const closed = new Promise<{ code: number }>((resolve) => {
        connection.on('close', (event) => resolve(event as never));
      });
      connection.connect();
      await connection.waitForOpen();
      connection.sendCloseStream({ type: 'CloseStream' });
      expect((await closed).code).toBe(1000);
      const rest = new DeepgramClient({ apiKey: KEY, baseUrl: service.server.url });
      await expect(rest.listen.v1.media.transcribeFile(recording().wav, { model: 'nova-3' })).resolves.toBeDefined();
    });

    it('serves @deepgram/sdk 3 by REST', async () => {
      const client = createClient(KEY, { global: { fetch: { options: { url: service.server.url } } } });
      const { error } = await client.listen.prerecorded.transcribeFile(recording().wav, { model: 'nova-3' });
      expect(error).toBeNull();
    });

    it('serves openai', async () => {
      const openai = new OpenAI({ baseURL: `${service.server.url}/v1`, apiKey: KEY, maxRetries: 0 });
      const file = createReadStream(recording().path);
      const { text } = await openai.audio.transcriptions.create({ file, model: 'whisper-1' });
      expect(text).toBe(recording().text);
    });

    it.each([
      ['/v1/listen?encoding=linear16&sample_rate=16000', ['token', KEY]],
      ['/v1/listen?encoding=linear16&sample_rate=16000', ['bearer', KEY]],
      ['/v1/realtime?intent=transcription', ['realtime', `openai-insecure-api-key.${KEY}`]],
    ])('serves a browser, which sends it as a subprotocol: %s', async (path, subprotocols) => {
      const socket = new WebSocket(service.socketUrl + path, subprotocols);
      await once(socket, 'open');
      expect(socket.protocol).toBe(subprotocols[0]);
      socket.terminate();
    });
  });

  describe('without it', () => {
    it('is a 401 with INVALID_AUTH to @deepgram/sdk', async () => {
      const client = new DeepgramClient({ apiKey: WRONG, baseUrl: service.server.url });
      const request = client.listen.v1.media.transcribeFile(recording().wav, { model: 'nova-3' });
      await expect(request).rejects.toMatchObject({ statusCode: 401, body: { err_code: 'INVALID_AUTH' } });
    });

    it('is an AuthenticationError of openai', async () => {
      const openai = new OpenAI({ baseURL: `${service.server.url}/v1`, apiKey: WRONG, maxRetries: 0 });
      const file = createReadStream(recording().path);
      const error = await openai.audio.transcriptions.create({ file, model: 'whisper-1' }).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(AuthenticationError);
      expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    });

    it.each([
      ['/v1/listen', 'err_code'],
      ['/v1/realtime?intent=transcription', 'error'],
      ['/vosk', 'AUR_ACCESS'],
      ['/sherpa', 'AUR_ACCESS'],
      ['/v1/stream', 'AUR_ACCESS'],
    ])('is a 401 at the handshake of %s, in the words of its protocol', async (path, words) => {
      const socket = new WebSocket(service.socketUrl + path);
      const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
      let body = '';
      for await (const piece of response) body += piece;
      expect(response.statusCode).toBe(401);
      expect(body).toContain(words);
    });
  });
});
