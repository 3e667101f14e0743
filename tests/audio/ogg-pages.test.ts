import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { oggPackets } from '@auricle/audio/ogg-pages';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealOgg } from './checksums.js';
import { ogg } from './ogg-bytes.js';

const tone = new Uint8Array(readFileSync(join(import.meta.dirname, 'fixtures/tone.opus')));
const GRANULE_AT = 6;
const packet = (length: number) => Uint8Array.from({ length }, (_, i) => i);
/** Where the pages start. */
const pagesOf = (bytes: Uint8Array): number[] =>
  [...Buffer.from(bytes).toString('latin1').matchAll(/OggS/g)].map(({ index }) => index);
const plain = (packets: readonly Uint8Array[]) => packets.map((bytes) => [...bytes]);

describe('oggPackets', () => {
  it('takes apart what libsndfile wrote', () => {
    const { packets, granule } = oggPackets(tone, 'a.ogg');
    expect(packets).toHaveLength(28);
    expect(packets.slice(0, 2).map((bytes) => Buffer.from(bytes.subarray(0, 8)).toString())).toEqual([
      'OpusHead',
      'OpusTags',
    ]);
    expect(granule).toBe(24_000 + 312);
  });

  it('joins packets of any length over pages of any size', () => {
    const anyPackets = fc.array(fc.oneof(fc.nat({ max: 1000 }), fc.constantFrom(0, 254, 255, 256, 510, 511)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(anyPackets, fc.integer({ min: 1, max: 255 }), fc.nat(), (lengths, pageSegments, granule) => {
        const packets = lengths.map(packet);
        const read = oggPackets(ogg(packets, { pageSegments, granule }), 'a.ogg');
        expect({ ...read, packets: plain(read.packets) }).toEqual({ granule, packets: plain(packets) });
      }),
    );
  });

  it('takes the granule position from the last page that has one', () => {
    const bytes = ogg([packet(9), packet(9), packet(9)], { granule: 1234 });
    const view = new DataView(bytes.buffer);
    expect(oggPackets(bytes, 'a.ogg').granule).toBe(1234);
    view.setBigInt64(pagesOf(bytes)[1] + GRANULE_AT, 99n, true);
    view.setBigInt64(pagesOf(bytes)[2] + GRANULE_AT, -1n, true);
    expect(oggPackets(sealOgg(bytes), 'a.ogg').granule).toBe(99);
  });

  const four = ogg([9, 9, 9, 300].map(packet), { pageSegments: 1 });
  const [, second, third, fourth, fifth] = pagesOf(four);
  const withFlags = (at: number, flags: number) => sealOgg(four.with(at + 5, flags));
  it.each<[string, Uint8Array, string, string]>([
    ['the last page is cut', four.subarray(0, -1), 'AUR_AUDIO_TRUNCATED', 'page 4 is not whole'],
    ['the last page ends in its header', four.subarray(0, fifth + 9), 'AUR_AUDIO_TRUNCATED', 'page 4 is not whole'],
    ['the last page is gone', four.subarray(0, fourth), 'AUR_AUDIO_TRUNCATED', 'page 2 .* does not end the stream'],
    ['its last packet goes on', withFlags(fourth, 4).subarray(0, fifth), 'AUR_AUDIO_TRUNCATED', 'not end its packet'],
    [
      'a page is missing',
      Buffer.concat([four.subarray(0, second), four.subarray(third)]),
      'AUR_AUDIO_DAMAGED',
      'page 1 is missing',
    ],
    ['a page comes twice', Buffer.concat([four, four]), 'AUR_AUDIO_DAMAGED', 'page 5 is missing'],
    [
      'something else follows',
      Buffer.concat([four, Buffer.alloc(100)]),
      'AUR_AUDIO_DAMAGED',
      `no Ogg page at byte ${four.length}`,
    ],
    ['a byte is changed', four.with(third + 30, 77), 'AUR_AUDIO_DAMAGED', 'page 2 fails its checksum'],
    ['a page continues no packet', withFlags(third, 1), 'AUR_AUDIO_DAMAGED', 'page 2 does not continue'],
    ['a packet is not continued', withFlags(fifth, 4), 'AUR_AUDIO_DAMAGED', 'page 4 does not continue'],
  ])('refuses a file where %s', (_, bytes, code, message) => {
    expect(() => oggPackets(bytes, 'a.ogg')).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(new RegExp(`^a\\.ogg: .*${message}`)) }),
    );
  });
});
