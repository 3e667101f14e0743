/** Deepgram's SDKs, unmodified but for the address, hear from this service live what the offline run hears. */
import { once } from 'node:events';
import { DeepgramClient } from '@deepgram/sdk';
import { createClient, LiveTranscriptionEvents } from 'deepgram-sdk-3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../programs.js';
import { RATE } from '../recordings.js';
import { type Service, startService } from '../service.js';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
afterEach(() => {
  expect(service.strangeMessages()).toEqual([]);
});

interface Message {
  type: string;
  is_final?: boolean;
  speech_final?: boolean;
  from_finalize?: boolean;
  start?: number;
  duration?: number;
  channel_index?: number[];
  channel?: {
    alternatives: { transcript: string; confidence: number; words: { word: string; start: number; end: number }[] }[];
  };
  last_word_end?: number;
  timestamp?: number;
  request_id?: string;
}

const textOf = (messages: readonly Message[], channel = 0) =>
  messages
    .filter((message) => message.type === 'Results' && message.is_final && message.channel_index![0] === channel)
    .map((message) => message.channel!.alternatives[0].transcript)
    .filter(Boolean)
    .join(' ');

const RAW = { model: 'nova-3', encoding: 'linear16', sample_rate: String(RATE) };
const PACKET = 6400;

interface Talk {
  query?: Record<string, unknown>;
  /** sent in packets; then CloseStream */
  audio: Uint8Array;
  packet?: number;
  /** instead of the audio alone */
  script?: (connection: Connection) => Promise<void> | void;
}
type Connection = Awaited<ReturnType<DeepgramClient['listen']['v1']['connect']>>;

/** By the present SDK.
 *  @returns every message, and the close code */
async function converse({
  query = RAW,
  audio,
  packet = PACKET,
  script,
}: Talk): Promise<{ messages: Message[]; code: number }> {
  const client = new DeepgramClient({ apiKey: 'key', baseUrl: service.socketUrl });
  const connection = await client.listen.v1.connect({ ...query, reconnectAttempts: 0 } as never);
  const messages: Message[] = [];
  connection.on('message', (message) => messages.push(message as Message));
  const closed = new Promise<number>((resolve) => {
    connection.on('close', (event) => resolve((event as { code: number }).code));
  });
  connection.connect();
  await connection.waitForOpen();
  if (script) await script(connection);
  for (let at = 0; at < audio.length; at += packet) connection.sendMedia(audio.slice(at, at + packet) as never);
  connection.sendCloseStream({ type: 'CloseStream' });
  return { messages, code: await closed };
}

describe('@deepgram/sdk', () => {
  it('hears the text of the offline run for 20 recordings', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ s16le }) => {
      const { messages, code } = await converse({ audio: s16le });
      expect(code).toBe(1000);
      expect(messages.at(-1)!.type).toBe('Metadata');
      return textOf(messages);
    });
    expect(heard).toEqual(service.recordings.map(({ text }) => text));
  });

  it('gets no interim results unless it wants them', async () => {
    const [{ s16le }] = service.recordings;
    const finals = await converse({ audio: s16le });
    expect(finals.messages.filter(({ type, is_final: isFinal }) => type === 'Results' && !isFinal)).toEqual([]);
    const all = await converse({ audio: s16le, query: { ...RAW, interim_results: 'true' } });
    expect(all.messages.some(({ type, is_final: isFinal }) => type === 'Results' && !isFinal)).toBe(true);
  });

  it('gets finals that follow each other without a gap or an overlap', async () => {
    for (const { s16le } of service.recordings.slice(0, 5)) {
      const { messages } = await converse({ audio: s16le, query: { ...RAW, interim_results: 'true' } });
      let end = 0;
      for (const message of messages.filter(({ type, is_final: isFinal }) => type === 'Results' && isFinal)) {
        expect(message.start).toBeCloseTo(end, 2);
        end = message.start! + message.duration!;
        for (const word of message.channel!.alternatives[0].words) expect(word.end).toBeLessThanOrEqual(end + 0.001);
      }
    }
  });

  it('is told the ends of utterances by a pause of its choice', async () => {
    const { s16le, text } = service.recordings.find(({ text }) => text.split(' ').length > 4)!;
    const count = async (endpointing: string) => {
      const { messages } = await converse({ audio: s16le, query: { ...RAW, endpointing } });
      expect(textOf(messages)).toBe(text);
      return messages.filter((message) => message.speech_final).length;
    };
    const [short, long, none] = [await count('300'), await count('1200'), await count('false')];
    expect(short).toBeGreaterThanOrEqual(long);
    expect(none).toBe(1);
  });

  it('is told where speech starts, and that an utterance ended by the gap after its last word', async () => {
    const [{ s16le }] = service.recordings;
    const silence = Buffer.alloc(2 * RATE * 4);
    const query = { ...RAW, interim_results: 'true', vad_events: 'true', utterance_end_ms: '1000' };
    const { messages } = await converse({ audio: Buffer.concat([s16le, silence]), query, packet: 3200 });
    const started = messages.filter(({ type }) => type === 'SpeechStarted');
    const words = messages.filter((m) => m.is_final).flatMap((m) => m.channel!.alternatives[0].words);
    expect(started.length).toBeGreaterThan(0);
    expect(started[0].timestamp).toBeCloseTo(words[0].start, 1);
    // How many there are depends on how fast the audio comes; what they say does not.
    for (const { last_word_end: end } of messages.filter(({ type }) => type === 'UtteranceEnd'))
      expect(words.map((word) => word.end)).toContain(end);
  });

  it('may finalize: what was said so far comes at once, and the stream goes on', async () => {
    const [first, second] = service.recordings;
    let flushed: Message[] = [];
    const { messages } = await converse({
      audio: second.s16le,
      script: async (connection) => {
        const got: Message[] = [];
        const done = new Promise<void>((resolve) => {
          const hear = (event: unknown) => {
            const message = JSON.parse((event as MessageEvent).data) as Message;
            got.push(message);
            if (message.from_finalize) resolve();
          };
          connection.socket.addEventListener('message', hear);
        });
        connection.sendMedia(first.s16le as never);
        connection.sendFinalize({ type: 'Finalize' });
        await done;
        flushed = [...got];
      },
    });
    expect(textOf(flushed)).toBe(first.text);
    expect(textOf(messages)).toBe(`${first.text} ${second.text}`);
    const later = messages.filter(
      ({ type, from_finalize: flush, is_final: final }) => type === 'Results' && final && !flush,
    );
    expect(later.at(-1)!.channel!.alternatives[0].words[0].start).toBeGreaterThan(first.s16le.length / 2 / RATE);
  });

  it('gets an empty result where there is nothing to finalize', async () => {
    const { messages } = await converse({
      audio: new Uint8Array(0),
      script: (connection) => connection.sendFinalize({ type: 'Finalize' }),
    });
    expect(messages.find((message) => message.from_finalize)!.channel!.alternatives[0].transcript).toBe('');
  });

  it('may keep a connection without audio open', async () => {
    const [{ s16le, text }] = service.recordings;
    const { messages, code } = await converse({
      audio: s16le,
      script: (connection) => connection.sendKeepAlive({ type: 'KeepAlive' }),
    });
    expect([textOf(messages), code]).toEqual([text, 1000]);
  });

  it('may send two channels, each for itself or both as one', async () => {
    const [left, right] = service.recordings;
    const frames = Math.min(left.samples.length, right.samples.length);
    const stereo = Buffer.alloc(4 * frames);
    for (let i = 0; i < frames; i++) {
      left.s16le.copy(stereo, 4 * i, 2 * i, 2 * i + 2);
      right.s16le.copy(stereo, 4 * i + 2, 2 * i, 2 * i + 2);
    }
    const alone = async (audio: Buffer) => textOf((await converse({ audio: audio.subarray(0, 2 * frames) })).messages);
    const query = { ...RAW, channels: '2', multichannel: 'true' };
    const { messages } = await converse({ audio: stereo, query, packet: 6401 });
    expect(textOf(messages, 0)).toBe(await alone(left.s16le));
    expect(textOf(messages, 1)).toBe(await alone(right.s16le));
    expect(messages.find(({ type }) => type === 'Results')!.channel_index![1]).toBe(2);
    const mixed = await converse({ audio: stereo, query: { ...RAW, channels: '2' } });
    expect(
      new Set(mixed.messages.filter(({ type }) => type === 'Results').map((m) => m.channel_index!.join())),
    ).toEqual(new Set(['0,1']));
  });

  it('may name keyterms and keywords with boosts, of which what cannot be used is left out', async () => {
    const [{ s16le, text }] = service.recordings;
    const keyterms = { ...RAW, keyterm: [text, 'a word of no token'] };
    expect(textOf((await converse({ audio: s16le, query: keyterms })).messages)).toBe(text);
    // The SDK has keywords for older models alone.
    const [first] = text.split(' ');
    const more = { ...RAW, model: 'nova-2', keywords: [`${first}:2`, 'zero:0'] };
    const times = (heard: string) => heard.split(' ').filter((each) => each === first).length;
    const heard = textOf((await converse({ audio: s16le, query: more })).messages);
    expect(times(heard)).toBeGreaterThanOrEqual(times(text));
    const word = text.split(' ').at(-1)!;
    const without = { ...RAW, model: 'nova-2', keywords: [`${word}:-100`] };
    expect(textOf((await converse({ audio: s16le, query: without })).messages)).not.toContain(word);
  });

  it('may name every parameter that is documented as without effect', async () => {
    const [{ s16le, text }] = service.recordings;
    const query = {
      ...RAW,
      ...{ language: 'en', version: 'latest', punctuate: 'true', smart_format: 'true', numerals: 'true' },
      ...{ profanity_filter: 'true', diarize: 'true', detect_entities: 'true', dictation: 'true', redact: 'false' },
      ...{ replace: ['one:1', 'two:2'], search: ['three'], tag: ['a', 'b'], extra: ['job:7'], mip_opt_out: 'true' },
      ...{ no_delay: 'true', filler_words: 'true', measurements: 'true' },
    };
    const { messages } = await converse({ audio: s16le, query });
    expect(textOf(messages)).toBe(text);
    expect(messages.at(-1)).toMatchObject({ extra: { job: '7' } });
  });
});

describe('@deepgram/sdk 3', () => {
  it('hears the text of the offline run for 20 recordings', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ s16le }) => {
      const client = createClient('key', { global: { websocket: { options: { url: service.socketUrl } } } });
      const live = client.listen.live({ model: 'nova-3', encoding: 'linear16', sample_rate: RATE });
      const results: Message[] = [];
      live.on(LiveTranscriptionEvents.Transcript, (message: Message) => results.push(message));
      let metadata: Message | undefined;
      live.on(LiveTranscriptionEvents.Metadata, (message: Message) => {
        metadata = message;
      });
      await new Promise((resolve) => live.on(LiveTranscriptionEvents.Open, resolve));
      const closed = new Promise<{ code: number }>((resolve) => live.on(LiveTranscriptionEvents.Close, resolve));
      for (let at = 0; at < s16le.length; at += PACKET)
        live.send(Uint8Array.from(s16le.subarray(at, at + PACKET)).buffer);
      live.keepAlive();
      live.requestClose();
      expect((await closed).code).toBe(1000);
      expect(metadata!.request_id).toBe((results[0] as { metadata?: { request_id: string } }).metadata!.request_id);
      return textOf(results);
    });
    expect(heard).toEqual(service.recordings.map(({ text }) => text));
  });

  it('is told where speech starts, may finalize and configure', async () => {
    const [{ s16le, text }] = service.recordings;
    const client = createClient('key', { global: { websocket: { options: { url: service.socketUrl } } } });
    const live = client.listen.live({ ...RAW, sample_rate: RATE, interim_results: true, vad_events: true });
    await new Promise((resolve) => live.on(LiveTranscriptionEvents.Open, resolve));
    const started = new Promise((resolve) => live.on(LiveTranscriptionEvents.SpeechStarted, resolve));
    const results: Message[] = [];
    const flushed = new Promise<void>((resolve) => {
      live.on(LiveTranscriptionEvents.Transcript, (message: Message) => {
        results.push(message);
        if (message.from_finalize) resolve();
      });
    });
    live.configure({ numerals: true });
    live.send(Uint8Array.from(s16le).buffer);
    live.finalize();
    await Promise.all([started, flushed]);
    expect(textOf(results)).toBe(text);
    const closed = new Promise((resolve) => live.on(LiveTranscriptionEvents.Close, resolve));
    live.requestClose();
    await closed;
  });
});

describe('a browser', () => {
  it.each([['token'], ['bearer']])('sends its key as the subprotocol %s, which is agreed to', async (name) => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`${service.socketUrl}/v1/listen`, [name, 'key', 'x-deepgram-session-id', 'id']);
    await once(socket, 'open');
    expect(socket.protocol).toBe(name);
    socket.send('{"type":"CloseStream"}');
    const [code] = await once(socket, 'close');
    expect(code).toBe(1000);
  });
});
