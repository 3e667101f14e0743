import { decodeAudio } from '@auricle/audio';
import { readOggVorbis } from '@auricle/audio/formats/ogg-vorbis';
import { readVorbisHeaders, vorbisBlock } from '@auricle/audio/formats/vorbis-headers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealOgg } from '../checksums.js';
import { codecBytes } from '../codecs.js';
import { ogg, oggPackets } from '../ogg-bytes.js';
import { takeApart } from '../reading.js';
import { refusalOfBytes, sameSamples } from '../refusal.js';
import { quietAndAlone } from '../surroundings.js';

quietAndAlone();

const file = codecBytes('mono.ogg');
const [identification, comments, setup, ...sound] = oggPackets(file);
const headers = readVorbisHeaders([identification, comments, setup], 'a.ogg');
const decode = async (bytes: Uint8Array) => (await decodeAudio(bytes, 'a.ogg')).samples;

/** Samples decoded up to the end of each packet. */
const ends = sound.map((_, index) => {
  const blocks = sound.slice(0, index + 1).map((packet) => vorbisBlock(headers, packet));
  return blocks.slice(1).reduce((sum, block, i) => sum + (blocks[i] + block) / 4, 0);
});
const total = ends.at(-1)!;
/** The sound, a few packets a page, with granule positions that start at `first`. */
const paged = (first: number, last = first + total) =>
  ogg([identification, comments, setup, ...sound], {
    pageSegments: 4,
    granules: [0, 0, 0, ...ends.map((end, i) => (i === sound.length - 1 ? last : first + end))],
  });

describe('readVorbisHeaders', () => {
  it('reads rate, channels and the block of each mode', () => {
    expect(headers).toMatchObject({ sampleRate: 16_000, channels: 1 });
    expect(headers.modeBlocks).toEqual([512, 1024]);
    expect(sound.every((packet) => headers.modeBlocks.includes(vorbisBlock(headers, packet)))).toBe(true);
  });

  it('finds no sound in a packet that is empty or of another kind', () => {
    expect(vorbisBlock(headers, new Uint8Array(0))).toBe(0);
    expect(vorbisBlock(headers, setup)).toBe(0);
  });

  const changed = (packet: Uint8Array, at: number, value: number) => packet.with(at, value);
  it.each<[string, Uint8Array[], string]>([
    ['another first packet', [comments, comments, setup], 'no identification header'],
    ['a first packet that is cut', [identification.subarray(0, 29), comments, setup], 'no identification header'],
    ['another third packet', [identification, comments, comments], 'no set-up header'],
    ['another version', [changed(identification, 7, 1), comments, setup], 'of version 1, expected 0'],
    ['no channels', [changed(identification, 11, 0), comments, setup], '0 channels at 16000 Hz'],
    ['blocks of one sample', [changed(identification, 28, 0), comments, setup], 'blocks of 1 and 1 samples'],
    ['no modes', [identification, comments, setup.slice().fill(0, 7)], 'no modes'],
  ])('refuses %s', (_, packets, message) => {
    expect(() => readVorbisHeaders(packets, 'a.ogg')).toThrow(
      expect.objectContaining({
        code: 'AUR_AUDIO_DAMAGED',
        message: expect.stringContaining(`a.ogg: Ogg Vorbis cannot be decoded: `),
      }),
    );
    expect(() => readVorbisHeaders(packets, 'a.ogg')).toThrow(message);
  });

  it('gives headers or a coded error for any bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 })), { maxLength: 9 }), (damage) => {
        const packets = [identification, comments, setup].map((packet) => packet.slice());
        for (const [at, value] of damage) for (const packet of packets) packet[packet.length - 1 - at] = value;
        try {
          expect(readVorbisHeaders(packets, 'a.ogg').modeBlocks.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toMatchObject({ code: 'AUR_AUDIO_DAMAGED' });
        }
      }),
    );
  });
});

describe('Ogg Vorbis', () => {
  it('ends where the last granule position does', async () => {
    const whole = await decode(paged(0));
    expect(whole).toHaveLength(total);
    expect(sameSamples(await decode(paged(0, total - 300)), whole.subarray(0, -300))).toBe(true);
  });

  it('starts within the first page where its granule position says so', async () => {
    const whole = await decode(paged(0));
    expect(sameSamples(await decode(paged(-200)), whole.subarray(200))).toBe(true);
  });

  it('reads a recording cut out of a longer one', async () => {
    const whole = await decode(paged(0));
    expect(sameSamples(await decode(paged(1e9)), whole)).toBe(true);
    expect(sameSamples(await decode(paged(1e9, 1e9 + total - 300)), whole.subarray(0, -300))).toBe(true);
  });

  it('steps over empty packets', async () => {
    const packets = [identification, comments, setup, ...sound.flatMap((packet) => [packet, new Uint8Array(0)])];
    expect(sameSamples(await decode(ogg(packets, { granule: total })), await decode(paged(0)))).toBe(true);
  });

  it('reads headers that lie on several pages', () => {
    const bytes = ogg([identification, Buffer.concat([comments, Buffer.alloc(200_000)]), setup, ...sound], {
      granule: total,
    });
    expect(takeApart(readOggVorbis, bytes).packets).toHaveLength(sound.length);
  });

  it('is refused where it has headers only', async () => {
    await expect(decode(ogg([identification, comments, setup]))).rejects.toMatchObject({ code: 'AUR_AUDIO_EMPTY' });
  });

  it('gives samples or a coded error under right checksums, and never spoils the next file', async () => {
    const known = await decode(file);
    const anyDamage = fc.array(
      fc.record({
        // Half of it in the first headers.
        at: fc.oneof(fc.nat({ max: 400 }), fc.nat({ max: file.length - 1 })),
        value: fc.nat({ max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(anyDamage, async (damage) => {
        const bytes = file.slice();
        for (const { at, value } of damage) bytes[at] = value;
        const [, next] = await Promise.all([refusalOfBytes(sealOgg(bytes)), decode(file)]);
        expect(sameSamples(next, known)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
