/** Deepgram's encodings go in live, as an SDK or a bare connection sends them; the text of the offline run on the same samples comes out. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeAudio, type Pcm } from '@auricle/audio';
import { OPUS_RATE, opusTrack } from '@auricle/audio/formats/opus-codec';
import { transcribeSamples } from '@auricle/serving';
import { Application, createEncoder } from 'libopus-wasm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { systemProgram } from '../programs.js';
import { RATE, type Recording } from '../recordings.js';
import { type Service, startService } from '../service.js';

let service: Service;
let recording: Recording;
beforeAll(async () => {
  service = await startService({ recordings: 2 });
  [recording] = service.recordings;
});
afterAll(() => service.close());
afterEach(() => {
  expect(service.strangeMessages()).toEqual([]);
});

interface Message {
  type: string;
  is_final?: boolean;
  channel_index?: [number, number];
  channel?: { alternatives: [{ transcript: string }] };
  duration?: number;
}

async function send(query: string, messages: readonly Buffer[]): Promise<{ texts: string[]; duration: number }> {
  const socket = new WebSocket(`${service.socketUrl}/v1/listen?${query}`);
  const texts: string[] = [];
  let duration = 0;
  socket.on('message', (data) => {
    const message = JSON.parse(data.toString()) as Message;
    if (message.type === 'Metadata') duration = message.duration!;
    if (!message.is_final) return;
    const [channel] = message.channel_index!;
    texts[channel] = [texts[channel], message.channel!.alternatives[0].transcript].filter(Boolean).join(' ');
  });
  await once(socket, 'open');
  for (const message of messages) socket.send(message);
  socket.send('{"type":"CloseStream"}');
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
  expect([code, reason.toString()]).toEqual([1000, '']);
  return { texts, duration };
}

const cut = (bytes: Buffer, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
const textOf = async (pcm: Pcm) => (await transcribeSamples(service.engine, pcm)).text;

describe('bare samples', () => {
  it('of 32-bit floats', async () => {
    const floats = Buffer.from(recording.samples.slice().buffer);
    const { texts, duration } = await send(`encoding=linear32&sample_rate=${RATE}`, cut(floats, 4001));
    expect(texts).toEqual([recording.text]);
    expect(duration).toBeCloseTo(recording.samples.length / RATE, 3);
  });

  it.each(['mulaw', 'alaw'])('of G.711, %s, at 8 kHz', async (encoding) => {
    const sox = systemProgram('sox');
    if (!sox) return;
    const bytes = execFileSync(sox, [
      '-D',
      ...[recording.path, '-r', '8000', '-t', 'raw', '-e', encoding === 'mulaw' ? 'mu-law' : 'a-law', '-b', '8', '-'],
    ]);
    const raw = { encoding: encoding as 'mulaw' | 'alaw', sampleRate: 8000 };
    const expected = await textOf(await decodeAudio(bytes, 'test', { raw }));
    expect((await send(`encoding=${encoding}&sample_rate=8000`, cut(bytes, 160))).texts).toEqual([expected]);
  });

  it('of Opus packets without a container', async () => {
    const settings = { sampleRate: RATE, channels: 1, frameSize: 320, application: Application.Audio, bitrate: 64_000 };
    const encoder = await createEncoder(settings as Parameters<typeof createEncoder>[0]);
    const frames = cut(recording.s16le, 640).filter((frame) => frame.length === 640);
    const packets = frames.map((frame) => {
      const samples = new Int16Array(frame.length / 2);
      for (let i = 0; i < samples.length; i++) samples[i] = frame.readInt16LE(2 * i);
      return Buffer.from(encoder.encode(samples));
    });
    // The codec loses something: what it makes of all packets at once is what must be heard.
    const track = { channels: 1, preSkip: 0, gain: 1, streamCount: 1, coupledStreamCount: 0, channelMappingTable: [0] };
    const [samples] = await (await opusTrack(track).openCodec()).decode(packets);
    const expected = await textOf({ samples: samples.slice(), sampleRate: OPUS_RATE });
    expect((await send(`encoding=opus&sample_rate=${RATE}`, packets)).texts).toEqual([expected]);
  });
});

describe('recordings in a container, without an encoding', () => {
  it('WAV, in pieces of any size', async () => {
    for (const size of [43, 44, 45, 4000, recording.wav.length])
      expect((await send('model=nova-3', cut(recording.wav, size))).texts).toEqual([recording.text]);
  });

  const ffmpeg = systemProgram('ffmpeg');
  const cases: [string, string[], string][] = [
    ['FLAC', ['-f', 'flac'], 'encoding=flac'],
    ['Ogg Opus', ['-c:a', 'libopus', '-f', 'ogg'], 'encoding=ogg-opus'],
    ['Ogg Vorbis', ['-c:a', 'libvorbis', '-f', 'ogg'], ''],
    ['WebM Opus', ['-c:a', 'libopus', '-f', 'webm'], 'encoding=webm'],
    ['MP3', ['-c:a', 'libmp3lame', '-f', 'mp3'], ''],
    ['a WAV file of mu-law that a pipe wrote', ['-c:a', 'pcm_mulaw', '-f', 'wav'], ''],
  ];
  it.skipIf(!ffmpeg).each(cases)('%s', async (_, format, query) => {
    const bytes = execFileSync(ffmpeg!, ['-loglevel', 'error', '-i', recording.path, ...format, '-']);
    const expected = await textOf(await decodeAudio(bytes, 'test'));
    expect((await send(query, cut(bytes, 500))).texts).toEqual([expected]);
  });

  it.skipIf(!ffmpeg).each(['flac', 'wav'])('with two channels, each for itself: %s', async (format) => {
    const [, other] = service.recordings;
    const bytes = execFileSync(ffmpeg!, [
      ...['-loglevel', 'error', '-i', recording.path, '-i', other.path],
      ...['-filter_complex', '[0:a][1:a]amerge=inputs=2', '-f', format, '-'],
    ]);
    const expected = [0, 1].map(async (channel) => textOf(await decodeAudio(bytes, 'test', { channel })));
    expect((await send('multichannel=true', cut(bytes, 3000))).texts).toEqual(await Promise.all(expected));
  });

  it('what a browser records', async () => {
    const bytes = await readFile(join(import.meta.dirname, '../../audio/fixtures/codecs/recorded.webm'));
    const pcm = await decodeAudio(bytes, 'test');
    const { duration } = await send('', cut(bytes, 100));
    expect(duration).toBeCloseTo(pcm.samples.length / pcm.sampleRate, 2);
  });
});
