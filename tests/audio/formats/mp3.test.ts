import { decodeAudio } from '@auricle/audio';
import { readMp3 } from '@auricle/audio/formats/mp3';
import { readMp3Header, readMp3Tag } from '@auricle/audio/formats/mp3-header';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecBytes } from '../codecs.js';
import { takeApart } from '../reading.js';
import { refusalOfBytes, sameSamples } from '../refusal.js';
import { quietAndAlone } from '../surroundings.js';

quietAndAlone();

const bare = codecBytes('no-xing.mp3');
const tagged = codecBytes('vbr.mp3');
const { packets: frames } = takeApart(readMp3, bare);
const decode = async (bytes: Uint8Array) => (await decodeAudio(bytes, 'a.mp3')).samples;
const framesIn = (bytes: Uint8Array) => takeApart(readMp3, bytes).packets;

/** An ID3v2 tag with so many bytes in it. */
const id3v2 = (size: number) =>
  Buffer.concat([
    Buffer.from('ID3\x04\0\0'),
    Uint8Array.of(0, 0, size >> 7, size & 127),
    new Uint8Array(size).fill(0xff),
  ]);
const id3v1 = Buffer.concat([Buffer.from('TAG'), new Uint8Array(125).fill(0x41)]);
function apeTag(size: number): Uint8Array {
  const header = Buffer.alloc(32);
  header.write('APETAGEX');
  header.writeUInt32LE(size + 32, 12);
  const footer = Buffer.from(header);
  header.writeUInt32LE(1 << 29, 20);
  return Buffer.concat([header, new Uint8Array(size), footer]);
}
/** Bytes in which no frame is found. */
const junk = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) % 251);

describe('readMp3Header', () => {
  it('reads length, samples, rate and channels of each version', () => {
    const read = (...bytes: number[]) => readMp3Header(Uint8Array.from([0xff, ...bytes]));
    expect(read(0xfb, 0x90, 0x00)).toEqual({ length: 417, samples: 1152, sampleRate: 44_100, channels: 2 });
    expect(read(0xfb, 0x92, 0xc0)).toEqual({ length: 418, samples: 1152, sampleRate: 44_100, channels: 1 });
    expect(read(0xf3, 0x88, 0xc0)).toEqual({ length: 288, samples: 576, sampleRate: 16_000, channels: 1 });
    expect(read(0xe3, 0x28, 0x40)).toEqual({ length: 144, samples: 576, sampleRate: 8000, channels: 2 });
  });

  it.each<[string, number[]]>([
    ['no sync', [0xff, 0x1b, 0x90, 0]],
    ['layer II', [0xff, 0xfd, 0x90, 0]],
    ['the version that is not there', [0xff, 0xeb, 0x90, 0]],
    ['the rate that is not there', [0xff, 0xfb, 0x9c, 0]],
    ['a bit rate that is not stated', [0xff, 0xfb, 0x00, 0]],
    ['a forbidden bit rate', [0xff, 0xfb, 0xf0, 0]],
    ['no fourth byte', [0xff, 0xfb, 0x90]],
  ])('finds no frame in %s', (_, bytes) => {
    expect(readMp3Header(Uint8Array.from(bytes))).toBeUndefined();
  });
});

describe('readMp3Tag', () => {
  const frame = (text: string, at: number) => {
    const bytes = new Uint8Array(200);
    bytes.set(Buffer.from(text, 'latin1'), at);
    return bytes;
  };
  const mono = { length: 200, samples: 576, sampleRate: 16_000, channels: 1 };

  it('reads the frames and gaps of Xing and Info, and the frames of VBRI', () => {
    const gaps = '\x24\x01\x23';
    const xing = `Xing\0\0\0\x0f\0\0\x01\x02${'\0'.repeat(4 + 100 + 4)}LAME3.100${'\0'.repeat(12)}${gaps}`;
    expect(readMp3Tag(frame(xing, 13), mono)).toEqual({ frames: 258, delay: 0x240, padding: 0x123 });
    expect(readMp3Tag(frame('Info\0\0\0\x01\0\0\0\x05', 13), mono)).toEqual({ frames: 5 });
    expect(readMp3Tag(frame('Info\0\0\0\0', 13), mono)).toEqual({});
    expect(readMp3Tag(frame(`VBRI${'\0'.repeat(10)}\0\0\x01\0`, 36), mono)).toEqual({ frames: 256 });
  });

  it('finds none in a frame of sound, nor in one that ends within it', () => {
    expect(readMp3Tag(frames[0], mono)).toBeUndefined();
    const cut = frame('Xing\0\0\0\x01\0\0\0\x05', 13);
    expect(readMp3Tag(cut.subarray(0, 20), mono)).toBeUndefined();
    expect(readMp3Tag(cut.subarray(0, 22), mono)).toEqual({});
  });
});

describe('readMp3', () => {
  it('finds the frames of a file', () => {
    expect(Buffer.concat(frames).equals(bare)).toBe(true);
    expect(takeApart(readMp3, bare).head).toMatchObject({ sampleRate: 16_000, channels: 1, skip: 0, total: undefined });
  });

  it('takes delay, padding and length from the first frame', () => {
    const { head, groups } = takeApart(readMp3, tagged);
    expect(head).toMatchObject({ sampleRate: 44_100, channels: 2, total: 11_025 });
    // The encoder's delay and the decoder's.
    expect(head.skip).toBe(1105);
    expect(groups.reduce((sum, { samples, padding }) => sum + samples - padding, 0)).toBe(1105 + 11_025);
  });

  it.each<[string, Uint8Array]>([
    ['an ID3v2 tag before', Buffer.concat([id3v2(3000), bare])],
    ['two ID3v2 tags before', Buffer.concat([id3v2(10), id3v2(200), bare])],
    ['other bytes before', Buffer.concat([junk(9000), bare])],
    ['what looks like a frame before', Buffer.concat([frames[0].subarray(0, 90), junk(50), bare])],
    ['an ID3v1 tag behind', Buffer.concat([bare, id3v1])],
    ['an APE and an ID3v1 tag behind', Buffer.concat([bare, apeTag(500), id3v1])],
    ['an ID3v2 tag between', Buffer.concat([...frames.slice(0, 3), id3v2(50), ...frames.slice(3)])],
  ])('steps over %s', async (_, bytes) => {
    expect(framesIn(bytes).map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]));
    expect(sameSamples(await decode(bytes), await decode(bare))).toBe(true);
  });

  it('leaves alone what stands behind the last frame promised', async () => {
    expect(sameSamples(await decode(Buffer.concat([tagged, junk(100)])), await decode(tagged))).toBe(true);
  });

  it('reads two recordings put together as both', async () => {
    const both = await decode(Buffer.concat([bare, bare]));
    expect(both).toHaveLength(2 * (await decode(bare)).length);
  });

  it.each<[string, Uint8Array, string, string]>([
    ['a frame is cut', bare.subarray(0, -1), 'AUR_AUDIO_TRUNCATED', 'MP3 frame \\d+ is not whole'],
    ['a header is cut', Buffer.concat([bare, frames[0].subarray(0, 2)]), 'AUR_AUDIO_TRUNCATED', 'is not whole'],
    ['frames are missing', tagged.subarray(0, 3500), 'AUR_AUDIO_TRUNCATED', 'MP3 frame'],
    ['the tag before it is cut', id3v2(3000).subarray(0, 2000), 'AUR_AUDIO_TRUNCATED', 'within an ID3 tag'],
    ['nothing follows the tag', id3v2(30), 'AUR_AUDIO_TRUNCATED', 'behind an ID3 tag it has 0 bytes'],
    ['something else stands between', Buffer.concat([bare, junk(40), bare]), 'AUR_AUDIO_DAMAGED', 'no frame at byte'],
    ['zeros fill the rest', Buffer.concat([bare, new Uint8Array(5000)]), 'AUR_AUDIO_DAMAGED', 'no frame at byte'],
    [
      'frames change their rate',
      Buffer.concat([bare, codecBytes('mpeg-2.5.mp3').subarray(-500)]),
      'AUR_AUDIO_DAMAGED',
      'no frame|channels at',
    ],
    ['only other bytes are there', junk(70_000), 'AUR_AUDIO_UNKNOWN_FORMAT', 'in no format'],
  ])('refuses a file where %s', async (_, bytes, code, message) => {
    await expect(decode(bytes)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^a\\.mp3: .*(${message})`)),
    });
  });

  it('counts the frames that the first one promises', async () => {
    const { packets } = takeApart(readMp3, tagged);
    const at = Buffer.from(tagged).indexOf(packets[0]);
    const lost = Buffer.concat([tagged.subarray(0, at), ...packets.slice(0, 5)]);
    await expect(decode(lost)).rejects.toMatchObject({
      code: 'AUR_AUDIO_TRUNCATED',
      message: `a.mp3: ends early: 5 of ${packets.length} MP3 frames are there`,
    });
  });

  it('gives samples or a coded error for damaged frames, and never spoils the next file', async () => {
    const known = await decode(bare);
    const anyDamage = fc.array(fc.tuple(fc.nat({ max: bare.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(anyDamage, async (damage) => {
        const bytes = bare.slice();
        for (const [at, value] of damage) bytes[at] = value;
        const [, next] = await Promise.all([refusalOfBytes(bytes), decode(bare)]);
        expect(sameSamples(next, known)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
