/** Vosk's own client, and connections as its other clients make them, hear from this service what the offline run hears. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { clientProgram, inParallel, output, systemProgram } from '../programs.js';
import { type Service, startService } from '../service.js';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());
afterEach(() => {
  expect(service.strangeMessages()).toEqual([]);
});

interface Reply {
  partial?: string;
  text?: string;
  result?: { conf: number; start: number; end: number; word: string }[];
  alternatives?: { text: string; confidence: number; result?: { word: string }[] }[];
}

/** Sends one message after the other, each when the last one's reply is there, as Vosk's test clients do.
 *  @returns the replies, and the code of the close */
async function converse(messages: (string | Buffer)[], path = '/'): Promise<{ replies: Reply[]; closeCode: number }> {
  const socket = new WebSocket(service.socketUrl + path);
  const closed = once(socket, 'close') as Promise<[number]>;
  await once(socket, 'open');
  const replies: Reply[] = [];
  for (const message of messages) {
    socket.send(message);
    if (typeof message === 'string' && message.includes('config')) continue;
    const [data] = (await once(socket, 'message')) as [Buffer];
    replies.push(JSON.parse(data.toString()));
  }
  if (messages.at(-1)?.includes('eof')) return { replies, closeCode: (await closed)[0] };
  socket.close();
  return { replies, closeCode: (await closed)[0] };
}

function packets(audio: Buffer, bytes = 6400): Buffer[] {
  return Array.from({ length: Math.ceil(audio.length / bytes) }, (_, i) => audio.subarray(i * bytes, (i + 1) * bytes));
}

const CONFIG = JSON.stringify({ config: { sample_rate: 16_000 } });
const EOF = '{"eof" : 1}';
const textOf = (replies: Reply[]) =>
  replies
    .map((reply) => reply.text ?? reply.alternatives?.[0].text)
    .filter(Boolean)
    .join(' ');

describe("the client in Vosk's package on PyPI", () => {
  const python = clientProgram('vosk-transcriber') && clientProgram('python');
  const ffmpeg = systemProgram('ffmpeg');

  it.skipIf(!python || !ffmpeg)('writes the text of the offline run for 20 recordings', async () => {
    const texts = join(service.folder, 'texts');
    await output(python!, [join(import.meta.dirname, 'vosk_transcriber.py'), service.socketUrl, service.folder, texts]);
    for (const [i, { text }] of service.recordings.entries()) {
      const lines = (await readFile(join(texts, `${i}.txt`), 'utf8')).trim().split('\n');
      expect(lines.join(' ')).toBe(text);
    }
  });
});

describe('a client of the Vosk server', () => {
  it('gets one reply a packet, on the bare address, and the text of the offline run for 20 recordings', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ s16le }) => {
      const audio = packets(s16le);
      const { replies, closeCode } = await converse([CONFIG, ...audio, EOF]);
      expect(replies).toHaveLength(audio.length + 1);
      expect(closeCode).toBe(1000);
      return textOf(replies);
    });
    expect(heard).toEqual(service.recordings.map(({ text }) => text));
  });

  it('gets words with four fields, and times from the start of the session', async () => {
    const [{ s16le }] = service.recordings;
    const { replies } = await converse([CONFIG, ...packets(s16le), EOF], '/vosk');
    const words = replies.flatMap(({ result = [] }) => result);
    expect(words.map(({ word }) => word).join(' ')).toBe(textOf(replies));
    for (const word of words) expect(Object.keys(word).sort()).toEqual(['conf', 'end', 'start', 'word']);
    expect(words.map(({ start }) => start)).toEqual(words.map(({ start }) => start).sort((a, b) => a - b));
    expect(words.at(-1)!.end).toBeLessThanOrEqual(s16le.length / 32_000 + 0.4);
  });

  it('gets no words where it wants none, and alternatives where it wants those', async () => {
    const [{ s16le, text }] = service.recordings;
    const config = (more: object) => JSON.stringify({ config: { sample_rate: 16_000, ...more } });
    const bare = await converse([config({ words: false }), s16le, EOF]);
    expect(bare.replies.at(-1)).toEqual({ text });
    const many = await converse([config({ max_alternatives: 3 }), s16le, EOF]);
    const alternatives = many.replies.at(-1)!.alternatives!;
    const [best] = alternatives;
    expect(new Set(alternatives.map((other) => other.text)).size).toBe(3);
    expect(best.text).toBe(text);
    expect(best.confidence).toBeGreaterThan(0);
    expect(best.result!.map(({ word }) => word).join(' ')).toBe(text);
    const plain = await converse([config({ max_alternatives: 3, words: false }), s16le, EOF]);
    expect(Object.keys(plain.replies.at(-1)!.alternatives![0])).toEqual(['confidence', 'text']);
  });

  it('may reset: it gets what was said so far and goes on, with times that go on too', async () => {
    const [{ s16le, text }, other] = service.recordings;
    const { replies } = await converse([CONFIG, s16le, '{"reset" : 1}', other.s16le, EOF]);
    expect(replies[1].text).toBe(text);
    expect(replies.at(-1)!.text).toBe(other.text);
    expect(replies.at(-1)!.result![0].start).toBeGreaterThan(s16le.length / 32_000);
  });

  it('may send a WAV file, header and all, and need not tell its rate', async () => {
    const [{ wav, text }] = service.recordings;
    const { replies } = await converse([...packets(wav, 8000), EOF]);
    expect(textOf(replies)).toBe(text);
  });

  it('may spell its JSON as it likes, and cut samples in two', async () => {
    const [{ s16le, text }] = service.recordings;
    const { replies } = await converse([
      '{ "config" : { "sample_rate" : 16000.0 } }',
      ...packets(s16le, 6401),
      '{"eof":1}',
    ]);
    expect(textOf(replies)).toBe(text);
  });

  it('may send phrases: they are heard more readily, nothing else is kept out', async () => {
    const [{ s16le, text }] = service.recordings;
    const config = JSON.stringify({
      config: { sample_rate: 16_000, phrase_list: [text, '[unk]', 'word of no token'] },
    });
    expect(textOf((await converse([config, s16le, EOF])).replies)).toBe(text);
  });

  it('gets an empty text where nothing was said, or no audio was sent', async () => {
    expect((await converse([EOF])).replies).toEqual([{ text: '' }]);
    expect((await converse([CONFIG, Buffer.alloc(6400), EOF])).replies.at(-1)).toEqual({ text: '' });
  });
});
