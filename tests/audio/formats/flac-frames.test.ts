import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAudio, readAudioFile } from '@auricle/audio';
import { readFlac } from '@auricle/audio/formats/flac-frames';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealFlacFrame } from '../checksums.js';
import { takeApart } from '../reading.js';
import { refusalOfBytes, sameSamples } from '../refusal.js';
import { quietAndAlone } from '../surroundings.js';

const fixtures = join(import.meta.dirname, '../fixtures');
const file = (name: string) => new Uint8Array(readFileSync(join(fixtures, `encodings/${name}.flac`)));

/** What make_encodings.py encodes, the mean of its channels. */
const sawtooth = (length: number, bits: number, channels: number) =>
  Float32Array.from({ length }, (_, i) => {
    const ramp = ((i * (3 << (bits - 8))) % (1 << bits)) - (1 << (bits - 1));
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += ramp >> channel;
    return sum / channels / 2 ** (bits - 1);
  });

/** The parts of a file: what lies before the first frame, and copies of the frames. */
function taken(bytes: Uint8Array) {
  const { packets } = takeApart(readFlac, bytes);
  const metadata = bytes.slice(0, packets[0].byteOffset - bytes.byteOffset);
  return { metadata, frames: packets.map((frame) => frame.slice()) };
}

const statedSamples = (bytes: Uint8Array) =>
  takeApart(readFlac, bytes).groups.reduce((sum, { samples }) => sum + samples, 0);

/** The same file, from an encoder that did not know its length. */
function withoutLength(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[21] &= 0xf0;
  return copy.fill(0, 22, 26);
}

quietAndAlone();

describe('FLAC against the samples that were encoded', () => {
  it.each([
    { name: 'one-sample', sampleRate: 16_000, length: 1, bits: 16, channels: 1 },
    { name: 'one-frame', sampleRate: 8000, length: 300, bits: 16, channels: 1 },
    { name: '8-bit', sampleRate: 11_025, length: 5000, bits: 8, channels: 1 },
    { name: '16-bit', sampleRate: 22_050, length: 9000, bits: 16, channels: 1 },
    { name: '24-bit', sampleRate: 48_000, length: 5000, bits: 24, channels: 1 },
    { name: 'stereo', sampleRate: 44_100, length: 9000, bits: 16, channels: 2 },
    { name: 'odd-rate', sampleRate: 12_347, length: 5000, bits: 16, channels: 1 },
  ])('reads $name: $length samples of $bits bits', async ({ name, sampleRate, length, bits, channels }) => {
    const pcm = await decodeAudio(file(name), name);
    expect(pcm).toEqual({ sampleRate, samples: sawtooth(length, bits, channels) });
  });

  it('reads silence, whose frames hold one value each', async () => {
    expect(await decodeAudio(file('silence'), 'a.flac')).toEqual({
      sampleRate: 16_000,
      samples: new Float32Array(9000),
    });
  });

  it('reads real speech of many frames', async () => {
    const { samples, sampleRate } = await readAudioFile(join(fixtures, 'fbank_golden.flac'));
    expect({ sampleRate, length: samples.length }).toEqual({ sampleRate: 16_000, length: 183_030 });
    expect(samples.every((v) => Number.isInteger(v * 32768))).toBe(true);
  });
});

describe('readFlac', () => {
  it('cuts between the frames and states their samples', () => {
    const bytes = file('16-bit');
    const { metadata, frames } = taken(bytes);
    expect(takeApart(readFlac, bytes).head).toMatchObject({ sampleRate: 22_050, channels: 1, total: 9000 });
    expect(statedSamples(bytes)).toBe(9000);
    expect(frames.length).toBeGreaterThan(1);
    for (const frame of frames) expect([frame[0], frame[1] & 0xfe]).toEqual([0xff, 0xf8]);
    expect(Buffer.concat([metadata, ...frames]).equals(bytes)).toBe(true);
  });

  it('finds the same frames in pieces of any size', () => {
    const bytes = file('stereo');
    const { packets } = takeApart(readFlac, bytes);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        expect(takeApart(readFlac, bytes, sizes).packets.map((frame) => frame.length)).toEqual(
          packets.map((frame) => frame.length),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('finds the frames behind metadata of any kind', () => {
    const { metadata, frames } = taken(file('one-frame'));
    const picture = Buffer.concat([Uint8Array.of(6, 0, 0, 100), Buffer.alloc(100, 0xff)]);
    const bytes = Buffer.concat([metadata.subarray(0, 42), picture, metadata.subarray(42), ...frames]);
    bytes[4] &= 0x7f;
    expect(statedSamples(bytes)).toBe(300);
  });

  it('takes a file that does not state its length', () => {
    expect(statedSamples(withoutLength(file('16-bit')))).toBe(9000);
  });
});

describe('FLAC that is damaged', () => {
  it.each<[string, (bytes: Uint8Array) => Uint8Array, string, string]>([
    ['its metadata is cut', (b) => b.subarray(0, 20), 'AUR_AUDIO_TRUNCATED', 'metadata block claims 34 bytes, 12 are'],
    ['its first frame is cut', (b) => b.subarray(0, 1000), 'AUR_AUDIO_TRUNCATED', 'FLAC frame 0 is not whole'],
    ['its last frame is cut', (b) => b.subarray(0, -1), 'AUR_AUDIO_TRUNCATED', 'FLAC frame 2 is not whole'],
    [
      'its last frame is gone',
      (b) => Buffer.concat([taken(b).metadata, ...taken(b).frames.slice(0, -1)]),
      'AUR_AUDIO_TRUNCATED',
      'of 9000 FLAC samples',
    ],
    ['a frame fails its checksum', (b) => b.fill(b[3000] ^ 1, 3000, 3001), 'AUR_AUDIO_DAMAGED', 'fails its checksum'],
    [
      'its frames have samples of another size than it states',
      (b) => b.fill(0x70 | (b[21] & 15), 21, 22),
      'AUR_AUDIO_DAMAGED',
      'a frame has samples of 16 bits, expected 8',
    ],
    [
      'megabytes of nothing follow',
      (b) => Buffer.concat([b, new Uint8Array(4_000_000)]),
      'AUR_AUDIO_DAMAGED',
      'frame 2 fails its checksum',
    ],
    ['the rate is 0', (b) => b.fill(0, 18, 21), 'AUR_AUDIO_DAMAGED', 'no usable STREAMINFO'],
  ])('is refused where %s', async (_, damage, code, message) => {
    await expect(decodeAudio(damage(file('16-bit')), 'a.flac')).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^a\\.flac: .*${message}`)),
    });
  });

  it('is never heard: a flipped bit in a frame is refused', async () => {
    const whole = file('16-bit');
    const { metadata } = taken(whole);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: metadata.length, max: whole.length - 1 }),
        fc.nat({ max: 7 }),
        async (at, bit) => {
          const bytes = whole.slice();
          bytes[at] ^= 1 << bit;
          expect(await refusalOfBytes(bytes)).toMatch(/^AUR_AUDIO_(DAMAGED|TRUNCATED)$/);
        },
      ),
    );
  });

  describe('under right checksums', () => {
    // Speech leaves residuals of every size.
    const { metadata, frames } = taken(new Uint8Array(readFileSync(join(fixtures, 'fbank_golden.flac'))));
    const file = (parts: readonly Uint8Array[]) => withoutLength(Buffer.concat([metadata, ...parts]));
    const good = frames.slice(0, 3);
    const damaged = (which: number, damage: readonly { at: number; value: number }[]) => {
      const frame = good[which].slice();
      // The sync code stays, and the checksum at the end is made anew.
      for (const { at, value } of damage) frame[2 + (at % (frame.length - 4))] = value;
      return file(good.with(which, sealFlacFrame(frame)));
    };

    it('gives samples or a coded error, and never spoils the next file', async () => {
      const known = (await decodeAudio(file(good), 'good.flac')).samples;
      const anyByte = fc.record({
        at: fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 4000 })),
        value: fc.nat({ max: 255 }),
      });
      const anyDamage = fc.array(anyByte, { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: good.length - 1 }), anyDamage, async (which, damage) => {
          const [refusal, next] = await Promise.all([
            refusalOfBytes(damaged(which, damage)),
            decodeAudio(file(good), 'good.flac'),
          ]);
          expect([undefined, 'AUR_AUDIO_DAMAGED', 'AUR_AUDIO_TRUNCATED']).toContain(refusal);
          expect(sameSamples(next.samples, known)).toBe(true);
        }),
        { numRuns: 100 },
      );
    });
  });
});

describe('FLAC files decoded at the same time', () => {
  it('do not disturb each other', async () => {
    const names = ['16-bit', '8-bit', 'stereo', '24-bit', 'one-frame', 'silence'];
    const alone: Float32Array[] = [];
    for (const name of names) alone.push((await decodeAudio(file(name), name)).samples);
    const together = await Promise.all(names.map((name) => decodeAudio(file(name), name)));
    expect(together.map(({ samples }) => samples)).toEqual(alone);
  });
});
