/** The OpenAI SDK's Realtime client, over TLS and unmodified but for the address, hears from this service what the offline run hears. */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { decodeAudio, decodePcm, resample } from '@auricle/audio';
import { transcribeSamples } from '@auricle/serving';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { inParallel, systemProgram } from '../programs.js';
import { RATE, type Recording } from '../recordings.js';
import { type Service, startService } from '../service.js';
import { startTlsFront, type TlsFront } from './tls.js';

let service: Service;
let front: TlsFront;
beforeAll(async () => {
  service = await startService();
  // Of the audio as it is sent: resampling may turn a word that is in doubt.
  for (const recording of service.recordings) {
    const sent = { samples: decodePcm(pcm24(recording.samples), 's16le'), sampleRate: 24_000 };
    recording.text = (await transcribeSamples(service.engine, sent)).text;
  }
  front = await startTlsFront(service.server.port);
});
afterAll(async () => {
  await front.close();
  await service.close();
});
let brokenOnPurpose = false;
afterEach(() => {
  const strange = service.strangeMessages();
  if (!brokenOnPurpose) expect(strange).toEqual([]);
  brokenOnPurpose = false;
});

interface Event {
  type: string;
  event_id: string;
  item_id?: string;
  delta?: string;
  transcript?: string;
  previous_item_id?: string | null;
  audio_start_ms?: number;
  audio_end_ms?: number;
  item?: { id: string };
  session?: { type: string; audio: { input: Record<string, unknown> } };
  error?: { type: string; code: string; param: string | null; event_id: string | null; message: string };
}
const TRANSCRIPTION = 'conversation.item.input_audio_transcription';
const COMPLETED = `${TRANSCRIPTION}.completed`;
const DELTA = `${TRANSCRIPTION}.delta`;

/** 24 kHz, 16 bits, as the protocol wants it. */
function pcm24(samples: Float32Array): Buffer {
  const at24 = resample(samples, RATE, 24_000);
  const bytes = Buffer.alloc(2 * at24.length);
  at24.forEach((sample, i) => {
    bytes.writeInt16LE(Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), 2 * i);
  });
  return bytes;
}

class Conversation {
  readonly events: Event[] = [];
  private waiting: [(event: Event) => boolean, (event: Event) => void][] = [];
  readonly realtime: OpenAIRealtimeWS;

  constructor() {
    const client = new OpenAI({ apiKey: 'key', baseURL: `https://127.0.0.1:${front.port}/v1` });
    this.realtime = new OpenAIRealtimeWS(
      { intent: 'transcription', options: { ca: front.certificate } } as never,
      client,
    );
    // Errors are events too; without a listener they would be rejections.
    this.realtime.on('error', () => undefined);
    this.realtime.on('event', (given) => {
      const event = given as unknown as Event;
      this.events.push(event);
      this.waiting = this.waiting.filter(([fits, resolve]) => {
        if (!fits(event)) return true;
        resolve(event);
        return false;
      });
    });
  }

  next(type: string, fits: (event: Event) => boolean = () => true): Promise<Event> {
    return new Promise((resolve) => {
      this.waiting.push([(event) => event.type === type && fits(event), resolve]);
    });
  }

  send(event: object): void {
    this.realtime.send(event as never);
  }

  append(audio: Buffer, bytes = 4800): void {
    for (let at = 0; at < audio.length; at += bytes)
      this.send({ type: 'input_audio_buffer.append', audio: audio.subarray(at, at + bytes).toString('base64') });
  }

  /** @returns the server's answer */
  async configure(input: object): Promise<Event> {
    const updated = this.next('session.updated');
    this.send({ type: 'session.update', session: { type: 'transcription', audio: { input } } });
    return updated;
  }

  of(type: string): Event[] {
    return this.events.filter((event) => event.type === type);
  }

  async close(): Promise<void> {
    this.realtime.close();
    await once(this.realtime.socket, 'close');
  }
}

async function converse(): Promise<Conversation> {
  const conversation = new Conversation();
  await conversation.next('session.created');
  return conversation;
}

const texts = () => service.recordings.map(({ text }) => text);
const textOf = (events: Event[]) =>
  events
    .map(({ transcript }) => transcript)
    .filter(Boolean)
    .join(' ');

describe('OpenAIRealtimeWS', () => {
  it('hears the text of the offline run for 20 recordings, committed by hand', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ samples }) => {
      const conversation = await converse();
      await conversation.configure({ transcription: { model: 'gpt-4o-transcribe' }, turn_detection: null });
      const done = conversation.next(COMPLETED);
      conversation.append(pcm24(samples));
      conversation.send({ type: 'input_audio_buffer.commit' });
      const { transcript, item_id: item } = await done;
      const deltas = conversation.of(DELTA);
      expect(deltas.map(({ delta }) => delta).join('')).toBe(transcript);
      expect(new Set(deltas.map(({ item_id: id }) => id))).toEqual(new Set(transcript === '' ? [] : [item]));
      await conversation.close();
      return transcript;
    });
    expect(heard).toEqual(texts());
  });

  it('hears the text of the offline run for 20 recordings, parted by pauses', async () => {
    const silence = Buffer.alloc(48_000 * 2);
    const heard = await inParallel(service.recordings, 4, async ({ samples }) => {
      const conversation = await converse();
      conversation.append(pcm24(samples));
      conversation.append(silence);
      // Ends what no pause has ended yet.
      conversation.send({ type: 'input_audio_buffer.commit' });
      // Of silence alone there is an item without text: then all before it has been told.
      const silent = conversation.next(COMPLETED, ({ transcript }) => transcript === '');
      conversation.append(Buffer.alloc(48 * 200));
      conversation.send({ type: 'input_audio_buffer.commit' });
      await silent;
      const completed = conversation.of(COMPLETED);
      for (const { item_id: item, transcript } of completed) {
        const deltas = conversation.of(DELTA).filter((event) => event.item_id === item);
        expect(deltas.map(({ delta }) => delta).join('')).toBe(transcript);
      }
      await conversation.close();
      return textOf(completed);
    });
    expect(heard).toEqual(texts());
  });
});

describe('a session', () => {
  it('is for transcription, at 24 kHz and parted by pauses until told otherwise, and tells what holds', async () => {
    const conversation = new Conversation();
    const created = await conversation.next('session.created');
    expect(created.session).toMatchObject({
      type: 'transcription',
      audio: { input: { format: { type: 'audio/pcm', rate: 24_000 }, turn_detection: { type: 'server_vad' } } },
    });
    const { session } = await conversation.configure({
      format: { type: 'audio/pcmu' },
      transcription: { model: 'whisper-1', language: 'en', prompt: 'one, two' },
      turn_detection: null,
      noise_reduction: { type: 'near_field' },
    });
    expect(session!.audio.input).toMatchObject({ format: { type: 'audio/pcmu' }, turn_detection: null });
    await conversation.close();
  });

  it('tells where speech starts and stops, and the order of its items', async () => {
    const recording = longest();
    const conversation = await converse();
    conversation.append(pcm24(recording.samples));
    const done = conversation.next(COMPLETED);
    conversation.append(Buffer.alloc(48_000 * 4));
    await done;
    const [started] = conversation.of('input_audio_buffer.speech_started');
    const [stopped] = conversation.of('input_audio_buffer.speech_stopped');
    const [committed] = conversation.of('input_audio_buffer.committed');
    expect(started.audio_start_ms).toBeLessThan(stopped.audio_end_ms!);
    expect([started.item_id, stopped.item_id]).toEqual([committed.item_id, committed.item_id]);
    expect(committed.previous_item_id).toBeNull();
    const order = conversation.events.filter(({ item_id: id, item }) => (id ?? item?.id) === committed.item_id);
    expect(order.map(({ type }) => type).filter((type) => type !== DELTA)).toEqual([
      'input_audio_buffer.speech_started',
      'input_audio_buffer.speech_stopped',
      'input_audio_buffer.committed',
      'conversation.item.added',
      'conversation.item.done',
      COMPLETED,
    ]);
    expect(new Set(conversation.events.map(({ event_id: id }) => id)).size).toBe(conversation.events.length);
    await conversation.close();
  });

  it('may commit several times: each utterance has an item behind the one before', async () => {
    const conversation = await converse();
    await conversation.configure({ turn_detection: null });
    const [one, two] = service.recordings;
    conversation.append(pcm24(one.samples));
    conversation.send({ type: 'input_audio_buffer.commit' });
    conversation.append(pcm24(two.samples));
    conversation.send({ type: 'input_audio_buffer.commit' });
    await conversation.next(COMPLETED);
    if (conversation.of(COMPLETED).length < 2) await conversation.next(COMPLETED);
    const [first, second] = conversation.of('input_audio_buffer.committed');
    expect(second.previous_item_id).toBe(first.item_id);
    expect(conversation.of(COMPLETED).map(({ transcript, item_id: id }) => [id, transcript])).toEqual([
      [first.item_id, one.text],
      [second.item_id, two.text],
    ]);
    await conversation.close();
  });

  it('may clear its audio', async () => {
    const conversation = await converse();
    await conversation.configure({ turn_detection: null });
    const [one, two] = service.recordings;
    conversation.append(pcm24(one.samples));
    const cleared = conversation.next('input_audio_buffer.cleared');
    conversation.send({ type: 'input_audio_buffer.clear' });
    await cleared;
    const done = conversation.next(COMPLETED);
    conversation.append(pcm24(two.samples));
    conversation.send({ type: 'input_audio_buffer.commit' });
    expect((await done).transcript).toBe(two.text);
    await conversation.close();
  });

  const sox = systemProgram('sox');
  it.skipIf(!sox).each([
    ['audio/pcmu', 'mulaw', 'mu-law'],
    ['audio/pcma', 'alaw', 'a-law'],
  ] as const)('may send G.711: %s', async (type, encoding, name) => {
    const [{ path }] = service.recordings;
    // Without dither, which would be another one each time.
    const bytes = execFileSync(sox!, ['-D', path, '-r', '8000', '-t', 'raw', '-e', name, '-b', '8', '-']);
    const pcm = await decodeAudio(bytes, 'test', { raw: { encoding, sampleRate: 8000 } });
    const { text } = await transcribeSamples(service.engine, pcm);
    const conversation = await converse();
    await conversation.configure({ format: { type }, turn_detection: null });
    const done = conversation.next(COMPLETED);
    conversation.append(bytes, 160);
    conversation.send({ type: 'input_audio_buffer.commit' });
    expect((await done).transcript).toBe(text);
    await conversation.close();
  });

  it('may be configured in the older form', async () => {
    const [{ samples, text }] = service.recordings;
    const conversation = await converse();
    const updated = conversation.next('transcription_session.updated');
    conversation.send({
      type: 'transcription_session.update',
      session: {
        ...{ input_audio_format: 'pcm16', input_audio_transcription: { model: 'whisper-1' }, turn_detection: null },
      },
    });
    await updated;
    const done = conversation.next(COMPLETED);
    conversation.append(pcm24(samples));
    conversation.send({ type: 'input_audio_buffer.commit' });
    expect((await done).transcript).toBe(text);
    await conversation.close();
  });

  const longest = (): Recording =>
    service.recordings.reduce((most, other) => (other.samples.length > most.samples.length ? other : most));
});

describe('what cannot be used', () => {
  const cases: [string, object, string, string | null][] = [
    ['an event of no kind', { type: 'response.create' }, 'invalid_value', 'type'],
    ['an event without a kind', { audio: 'AAAA' }, 'missing_required_parameter', 'type'],
    ['no audio', { type: 'input_audio_buffer.append' }, 'missing_required_parameter', 'audio'],
    ['audio that is no base64', { type: 'input_audio_buffer.append', audio: '***' }, 'invalid_value', 'audio'],
    ['a conversation', { type: 'session.update', session: { type: 'realtime' } }, 'invalid_value', 'session.type'],
    [
      'an unknown parameter',
      { type: 'session.update', session: { type: 'transcription', voice: 'alloy' } },
      'unknown_parameter',
      'session.voice',
    ],
    [
      'a rate that the protocol has not',
      {
        type: 'session.update',
        session: { type: 'transcription', audio: { input: { format: { type: 'audio/pcm', rate: 16_000 } } } },
      },
      'invalid_value',
      'session.audio.input.format.rate',
    ],
    ['too little audio to commit', { type: 'input_audio_buffer.commit' }, 'input_audio_buffer_commit_empty', null],
  ];
  it.each(cases)('%s is an OpenAIRealtimeError, and the session goes on', async (_, event, code, param) => {
    brokenOnPurpose = true;
    const conversation = await converse();
    const thrown = new Promise<Error>((resolve) => {
      conversation.realtime.on('error', resolve);
    });
    conversation.send({ event_id: 'mine', ...event });
    const error = (await thrown) as Error & { error: Event['error'] };
    expect(error.name).toBe('OpenAIRealtimeError');
    expect(error.error).toMatchObject({ type: 'invalid_request_error', code, param, event_id: 'mine' });
    await conversation.configure({ turn_detection: null });
    await conversation.close();
  });

  it('text that is no JSON is an error event too', async () => {
    brokenOnPurpose = true;
    const conversation = await converse();
    const error = conversation.next('error');
    conversation.realtime.socket.send('hello');
    expect((await error).error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_json' });
    await conversation.close();
  });

  it('a service without room answers the handshake with 503 and an error body', async () => {
    const limited = await startService({ recordings: 0, engine: { maxStreams: 1 } });
    const taken = limited.engine.openStream({ sampleRate: 16_000 });
    const socket = new WebSocket(`${limited.socketUrl}/v1/realtime?intent=transcription`);
    const [, response] = await once(socket, 'unexpected-response');
    let body = '';
    for await (const piece of response) body += piece;
    expect(response.statusCode).toBe(503);
    expect(JSON.parse(body)).toMatchObject({ error: { type: 'server_error', code: 'overloaded' } });
    taken.close();
    await limited.close();
  });
});
