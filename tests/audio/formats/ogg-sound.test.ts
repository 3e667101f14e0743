import { audioInfo, decodeAudio } from '@auricle/audio';
import { readOggOpus } from '@auricle/audio/formats/ogg-opus';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecBytes } from '../codecs.js';
import { ogg, oggPackets, opusHead, withSerial } from '../ogg-bytes.js';
import { takeApart } from '../reading.js';
import { sameSamples } from '../refusal.js';
import { quietAndAlone } from '../surroundings.js';

quietAndAlone();

const chained = (...files: Uint8Array[]) =>
  new Uint8Array(Buffer.concat(files.map((file, number) => withSerial(file, 100 + number))));
const decode = (bytes: Uint8Array, options = {}) => decodeAudio(bytes, 'a.ogg', options);
const [head, tags, ...sound] = oggPackets(codecBytes('hybrid.opus'));
const short = (fields = {}) => ogg([opusHead(fields), tags, sound[0]], { granule: 600 });

describe('streams that follow each other in an Ogg file', () => {
  it.each([
    [['silk.opus', 'hybrid.opus', 'silk.opus']],
    [['mono.ogg', 'mono.ogg']],
    [['stereo.ogg', 'stereo.ogg', 'stereo.ogg']],
  ])('are one recording: %s', async (names) => {
    const files = names.map(codecBytes);
    const bytes = chained(...files);
    const { samples, sampleRate } = await decode(bytes);
    const alone: number[] = [];
    for (const file of files) alone.push(...(await decode(file)).samples);
    expect(sameSamples(samples, Float32Array.from(alone))).toBe(true);
    expect((await audioInfo(bytes)).duration).toBe(alone.length / sampleRate);
  });

  it('are cut like any recording: a segment over their border is that part of the whole', async () => {
    const bytes = chained(codecBytes('mono.ogg'), codecBytes('mono.ogg'), codecBytes('mono.ogg'));
    const { samples, sampleRate } = await decode(bytes);
    const last = Math.floor((samples.length / sampleRate) * 100) - 1;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: last }), fc.integer({ min: 1, max: last }), async (from, length) => {
        const [offset, duration] = [from / 100, length / 100];
        const part = samples.slice(Math.round(offset * sampleRate), Math.round((offset + duration) * sampleRate));
        expect(sameSamples((await decode(bytes, { offset, duration })).samples, part)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('give the same packets in pieces of any size', () => {
    const bytes = chained(codecBytes('silk.opus'), codecBytes('hybrid.opus'));
    const whole = takeApart(readOggOpus, bytes);
    expect(whole.packets).toHaveLength(oggPackets(codecBytes('silk.opus')).length - 2 + sound.length);
    for (const sizes of [[1], [7, 300], [4096]])
      expect(takeApart(readOggOpus, bytes, sizes).packets).toEqual(whole.packets);
  });

  it.each<[string, Uint8Array, string, string]>([
    [
      'other channels',
      chained(short(), short({ channels: 2 })),
      'AUR_AUDIO_ENCODING',
      'Ogg Opus with a stream of 2 channels at 48000 Hz: expected 1 at 48000 Hz, as in the first',
    ],
    [
      'another codec',
      chained(codecBytes('mono.ogg'), codecBytes('silk.opus')),
      'AUR_AUDIO_ENCODING',
      'Ogg Vorbis with a stream that starts with "OpusHe',
    ],
    ['a cut end', chained(short(), short()).subarray(0, -1), 'AUR_AUDIO_TRUNCATED', 'page 5 is not whole'],
    [
      'no end of streams',
      chained(...Array.from({ length: 1001 }, () => short())),
      'AUR_AUDIO_DAMAGED',
      'more than 1000 streams',
    ],
  ])('are refused with %s', async (_, bytes, code, message) => {
    await expect(decode(bytes)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it('may hold no sound, as long as one of them does', async () => {
    const empty = ogg([head, tags]);
    const { samples } = await decode(chained(empty, short(), empty));
    expect(samples).toEqual((await decode(short())).samples);
    await expect(decode(chained(empty, empty))).rejects.toMatchObject({ code: 'AUR_AUDIO_EMPTY' });
  });
});
