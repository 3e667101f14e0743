import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lastGranule, MOST_PACKET_BYTES, MOST_PAGE_BYTES, readOggPages } from '@auricle/audio/formats/ogg-pages';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealOgg } from '../checksums.js';
import { ogg, oggPackets, withSerial } from '../ogg-bytes.js';
import { readThrough } from '../reading.js';

const tone = new Uint8Array(readFileSync(join(import.meta.dirname, '../fixtures/tone.opus')));
const GRANULE_AT = 6;
const packet = (length: number) => Uint8Array.from({ length }, (_, i) => i);
/** Where the pages start. */
const pagesOf = (bytes: Uint8Array): number[] =>
  [...Buffer.from(bytes).toString('latin1').matchAll(/OggS/g)].map(({ index }) => index);
const serialOf = (bytes: Uint8Array) => Buffer.from(bytes).readUInt32LE(14);
const plain = (packets: readonly Uint8Array[]) => packets.map((bytes) => [...bytes]);
const read = (bytes: Uint8Array, sizes?: number[]) =>
  readThrough((queue) => readOggPages(queue, 'a.ogg'), bytes, sizes);

describe('readOggPages', () => {
  it('takes apart what libsndfile wrote', () => {
    const packets = oggPackets(tone);
    expect(packets).toHaveLength(28);
    expect(packets.slice(0, 2).map((bytes) => Buffer.from(bytes.subarray(0, 8)).toString())).toEqual([
      'OpusHead',
      'OpusTags',
    ]);
    expect(read(tone).at(-1)).toMatchObject({ granule: 24_000 + 312, last: true });
  });

  it('joins packets of any length over pages of any size', () => {
    const anyPackets = fc.array(fc.oneof(fc.nat({ max: 1000 }), fc.constantFrom(0, 254, 255, 256, 510, 511)), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(anyPackets, fc.integer({ min: 1, max: 255 }), fc.nat(), (lengths, pageSegments, granule) => {
        const packets = lengths.map(packet);
        const bytes = ogg(packets, { pageSegments, granule });
        expect(plain(oggPackets(bytes))).toEqual(plain(packets));
        expect(read(bytes).at(-1)).toMatchObject({ granule, last: true });
      }),
    );
  });

  it('finds the same pages in pieces of any size', () => {
    const bytes = ogg([9, 300, 255, 9000, 5].map(packet), { pageSegments: 3, granule: 7 });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        expect(read(bytes, sizes)).toEqual(read(bytes));
      }),
    );
  });

  it('goes on with a stream that follows, its pages numbered afresh', () => {
    const [first, second] = [
      ogg([9, 300].map(packet), { granule: 7 }),
      ogg([5, 6].map(packet), { granule: 8, serial: 9 }),
    ];
    const pages = read(new Uint8Array(Buffer.concat([first, second])));
    expect(pages).toEqual([...read(first), ...read(second)]);
    expect(pages.map(({ first, serial }) => [first, serial])).toEqual([
      [true, 0],
      [false, 0],
      [true, 9],
      [false, 9],
    ]);
  });

  it('cuts packets that are longer than any of sound, as a picture among the tags', () => {
    const long = packet(MOST_PACKET_BYTES + 100_000);
    const packets = oggPackets(ogg([packet(9), long, packet(9)]));
    expect(packets.map(({ length }) => length)).toEqual([9, MOST_PACKET_BYTES, 9]);
    expect(Buffer.from(packets[1]).equals(long.subarray(0, MOST_PACKET_BYTES))).toBe(true);
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
    [
      'a page comes twice',
      Buffer.concat([four, four]),
      'AUR_AUDIO_DAMAGED',
      'page 5 opens a stream with the serial number of the last',
    ],
    [
      'pages of another stream lie between',
      Buffer.concat([four.subarray(0, second), withSerial(four, 1)]),
      'AUR_AUDIO_ENCODING',
      'Ogg with streams side by side: expected one',
    ],
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
    expect(() => read(bytes)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(new RegExp(`^a\\.ogg: .*${message}`)) }),
    );
  });
});

describe('lastGranule', () => {
  const bytes = ogg([packet(9), packet(9), packet(900)], { granule: 1234 });
  const lastPage = pagesOf(bytes).at(-1)!;

  it('finds the last page in the last bytes of a file', () => {
    expect(lastGranule(bytes, 0)).toBe(1234);
    expect(lastGranule(bytes.subarray(lastPage), 0)).toBe(1234);
    expect(lastGranule(tone.subarray(-MOST_PAGE_BYTES), serialOf(tone))).toBe(24_000 + 312);
  });

  it.each<[string, Uint8Array]>([
    ['the page is cut', bytes.subarray(0, -1)],
    ['the page starts before', bytes.subarray(lastPage + 1)],
    ['something follows', Buffer.concat([bytes, Uint8Array.of(0)])],
    ['the page is damaged', bytes.with(lastPage + 100, 255)],
    ['the page does not end the stream', sealOgg(bytes.with(lastPage + 5, 0))],
    ['no packet ends on the page', sealOgg(bytes.slice().fill(255, lastPage + GRANULE_AT, lastPage + GRANULE_AT + 8))],
    ['it ends another stream', withSerial(bytes, 1)],
    ['there is nothing', new Uint8Array(0)],
  ])('finds none where %s', (_, tail) => {
    expect(lastGranule(tail, 0)).toBeUndefined();
  });
});
