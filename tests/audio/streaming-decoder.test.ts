import { decodeAudio, StreamingDecoder, type StreamingDecoderOptions } from '@auricle/audio';
import type { ByteQueue } from '@auricle/audio/byte-queue';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecBytes, codecFiles, compressedFiles } from './codecs.js';
import { ogg, opusHead } from './ogg-bytes.js';
import { sameSamples } from './refusal.js';
import { quietAndAlone } from './surroundings.js';

quietAndAlone();

/** All blocks in one. */
async function taken(given: AsyncGenerator<Float32Array>): Promise<number[]> {
  const samples: number[] = [];
  for await (const block of given) samples.push(...block);
  return samples;
}

/** In pieces of these sizes, over and over. */
async function stream(bytes: Uint8Array, sizes: readonly number[], options: StreamingDecoderOptions = {}) {
  const decoder = new StreamingDecoder('a stream', options);
  const samples: number[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length];
    samples.push(...(await taken(decoder.push(bytes.subarray(at, at + size)))));
    at += size;
  }
  samples.push(...(await taken(decoder.flush())));
  return { samples: Float32Array.from(samples), decoder };
}

const anySizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2000 })), {
  minLength: 1,
  maxLength: 8,
});

describe.each(compressedFiles)('a stream of $file', ({ bytes, sampleRate, channels, length }) => {
  it('gives the samples of the file for any cutting', async () => {
    const whole = (await decodeAudio(bytes, 'a file')).samples;
    await fc.assert(
      fc.asyncProperty(anySizes, async (sizes) => {
        expect(sameSamples((await stream(bytes, sizes)).samples, whole)).toBe(true);
      }),
      { numRuns: 8 },
    );
  });

  it('tells rate, channels and length', async () => {
    const { decoder } = await stream(bytes, [700]);
    expect(decoder.head).toMatchObject({ sampleRate, channels });
    expect(decoder.position).toBe(length);
  });

  it('gives the same for a segment and a channel as the file', async () => {
    const options = { offset: 0.01, duration: 0.02, channel: channels - 1 };
    const { samples } = await stream(bytes, [100], options);
    expect(samples).toEqual((await decodeAudio(bytes, 'a file', options)).samples);
    expect(samples).toHaveLength(Math.round(0.02 * sampleRate));
  });

  it('refuses the end where its bytes are cut', async () => {
    await expect(stream(bytes.subarray(0, bytes.length - 3), [500])).rejects.toMatchObject({
      code: 'AUR_AUDIO_TRUNCATED',
      message: expect.stringMatching(/^a stream: ends early: /),
    });
  });
});

describe('StreamingDecoder', () => {
  const recorded = codecBytes('recorded.webm');

  it('gives what a browser has recorded as it comes, block by block', async () => {
    const decoder = new StreamingDecoder('a stream');
    const counts: number[] = [];
    for (let at = 0; at < recorded.length; at += 400)
      counts.push((await taken(decoder.push(recorded.subarray(at, at + 400)))).length);
    counts.push((await taken(decoder.flush())).length);
    // A block is 60 ms; nothing is left for the end.
    expect(counts.every((count) => count % 2880 === 0)).toBe(true);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThanOrEqual(5);
    expect(counts.at(-1)).toBe(0);
  });

  it('keeps two streams apart that are pushed in turns', async () => {
    const files = ['recorded.webm', 'vbr.mp3'].map(codecBytes);
    const decoders = files.map(() => new StreamingDecoder('a stream'));
    const samples: number[][] = [[], []];
    for (let at = 0; at < 7000; at += 300)
      for (const [i, file] of files.entries())
        samples[i].push(...(await taken(decoders[i].push(file.subarray(at, at + 300)))));
    for (const [i, decoder] of decoders.entries()) samples[i].push(...(await taken(decoder.flush())));
    for (const [i, file] of files.entries())
      expect(sameSamples(Float32Array.from(samples[i]), (await decodeAudio(file, 'a file')).samples)).toBe(true);
  });

  it('is done when the segment has come out, and takes further bytes in silence', async () => {
    const decoder = new StreamingDecoder('a stream', { duration: 0.1 });
    const first = await taken(decoder.push(recorded.subarray(0, 1500)));
    expect([first.length, decoder.isDone]).toEqual([4800, true]);
    expect(await taken(decoder.push(Uint8Array.of(1, 2, 3)))).toHaveLength(0);
    expect(await taken(decoder.flush())).toHaveLength(0);
  });

  it('gives an error again to whoever goes on', async () => {
    const decoder = new StreamingDecoder('a stream');
    const refused = { code: 'AUR_AUDIO_UNKNOWN_FORMAT', message: expect.stringContaining('a stream') };
    await expect(taken(decoder.push(new Uint8Array(70_000)))).rejects.toMatchObject(refused);
    await expect(taken(decoder.push(recorded))).rejects.toMatchObject(refused);
    await expect(taken(decoder.flush())).rejects.toMatchObject(refused);
  });

  it('refuses a stream of no bytes, a format that has no stream, a channel that is not there and bad options', async () => {
    await expect(stream(new Uint8Array(0), [1])).rejects.toMatchObject({ code: 'AUR_AUDIO_EMPTY' });
    const wav = codecFiles.find(({ file }) => file === 'rf64.wav')!.bytes;
    await expect(stream(wav, [100])).rejects.toMatchObject({ code: 'AUR_AUDIO_UNKNOWN_FORMAT' });
    await expect(stream(recorded, [100], { channel: 1 })).rejects.toMatchObject({
      code: 'AUR_AUDIO_CHANNEL',
      message: 'a stream: channel 1 of 1: expected "mix" or 0 to 0',
    });
    expect(() => new StreamingDecoder('a stream', { offset: -1 })).toThrow(
      'a stream: option offset is -1: expected seconds from 0',
    );
  });

  it('holds little of what few bytes claim: a page of packets that say 120 ms each comes out in parts', async () => {
    const silence = Uint8Array.of(0x1b, 2);
    const page = ogg([opusHead(), Buffer.from('OpusTags'), ...Array.from({ length: 2000 }, () => silence)]);
    let [most, total] = [0, 0];
    const decoder = new StreamingDecoder('a stream');
    for await (const { length } of decoder.push(page)) [most, total] = [Math.max(most, length), total + length];
    expect(total).toBeGreaterThan(5e6);
    expect(most).toBeLessThanOrEqual(16 * 5760);
  });

  it.each<[string, Uint8Array]>([
    ['a FLAC header', codecBytes('16.flac').subarray(0, 8300)],
    ['a WebM header', recorded.subarray(0, 170)],
    ['the beginning of an Ogg page', codecBytes('mono.ogg').subarray(0, 200)],
    ['an ID3 tag that claims 256 MB', Buffer.from('ID3\x04\0\0\x7f\x7f\x7f\x7f', 'latin1')],
    ['an MP3 frame', codecBytes('no-xing.mp3').subarray(0, 300)],
    ['nothing', new Uint8Array(0)],
  ])('keeps few of the bytes that follow %s and never make sense, and comes to an end', async (_, start) => {
    for (const byte of [0, 0x5a, 0xff]) {
      const decoder = new StreamingDecoder('a stream');
      const endless = async () => {
        await taken(decoder.push(start));
        for (let i = 0; i < 200; i++) await taken(decoder.push(new Uint8Array(100_000).fill(byte)));
        await taken(decoder.flush());
      };
      await expect(endless()).rejects.toMatchObject({ code: expect.stringMatching(/^AUR_AUDIO_/) });
      const { queue } = decoder as unknown as { queue: ByteQueue };
      expect(queue.available).toBeLessThan(2_300_000);
    }
  });
});
