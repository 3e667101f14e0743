import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAudio } from '@auricle/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sealOgg } from '../checksums.js';
import { ogg, oggPackets, opusHead } from '../ogg-bytes.js';
import { refusalOfBytes, sameSamples } from '../refusal.js';
import { quietAndAlone } from '../surroundings.js';
import { decibels, fitTone } from '../tones.mjs';

const file = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, '../fixtures', name)));
const decode = async (bytes: Uint8Array) => (await decodeAudio(bytes, 'a.opus')).samples;

const tone = file('tone.opus');
const [, tags, ...sound] = oggPackets(tone);
const granule = 24_000 + 312;

quietAndAlone();

describe('Ogg Opus', () => {
  it('has the length that was encoded, at 48 kHz', async () => {
    const { samples, sampleRate } = await decodeAudio(tone, 'a.opus');
    expect({ sampleRate, length: samples.length }).toEqual({ sampleRate: 48_000, length: 24_000 });
  });

  it('holds the tone that was encoded, in phase: the pre-skip is cut off', async () => {
    const { amplitude, phase, residual } = fitTone(await decode(tone), 440, 48_000, 2400);
    expect(amplitude).toBeCloseTo(0.5, 2);
    // One sample of delay is 0.058.
    expect(Math.abs(phase)).toBeLessThan(0.02);
    expect(decibels(residual / amplitude)).toBeLessThan(-40);
  });

  it('ends where the last granule position does', async () => {
    const whole = await decode(tone);
    expect(await decode(ogg([opusHead(), tags, ...sound], { granule }))).toEqual(whole);
    expect(await decode(ogg([opusHead(), tags, ...sound], { granule: granule - 4000 }))).toEqual(
      whole.subarray(0, 20_000),
    );
    // A piece cut out of a longer stream counts from that one's start: 25 packets of 20 ms and the last of 10 are there.
    expect(await decode(ogg([opusHead(), tags, ...sound], { granule: 1e9 }))).toHaveLength(25 * 960 + 480 - 312);
  });

  it('reads packets that lie on several pages', async () => {
    const whole = await decode(tone);
    for (const pageSegments of [1, 2, 3, 50])
      expect(await decode(ogg([opusHead(), tags, ...sound], { granule, pageSegments }))).toEqual(whole);
  });

  it('reads a file whose tags fill pages, as a picture does', async () => {
    const picture = Buffer.concat([tags, Buffer.alloc(150_000, 0x41)]);
    expect(await decode(ogg([opusHead(), picture, ...sound], { granule }))).toEqual(await decode(tone));
  });

  it('applies the gain of the header', async () => {
    const quieter = await decode(ogg([opusHead({ gain: -12 * 256 }), tags, ...sound], { granule }));
    expect(decibels(fitTone(quieter, 440, 48_000, 2400).amplitude / 0.5)).toBeCloseTo(-12, 1);
  });

  it('mixes the channels to one', async () => {
    const samples = await decode(file('encodings/left.opus'));
    expect(samples).toHaveLength(9600);
    expect(fitTone(samples, 440, 48_000, 2400).amplitude).toBeCloseTo(0.25, 2);
  });

  it('mixes the channels of a surround mapping', async () => {
    // Two channels of one stream, and a silent one (255).
    const head = opusHead({ channels: 3, family: 1, mapping: [1, 0, 0, 0, 255] });
    const samples = await decode(ogg([head, tags, ...sound], { granule }));
    expect(fitTone(samples, 440, 48_000, 2400).amplitude).toBeCloseTo(1 / 3, 2);
  });

  it('clips to [-1, 1] what the codec makes of a loud recording', async () => {
    const samples = await decode(file('encodings/square.opus'));
    expect(Math.max(...samples.map(Math.abs))).toBe(1);
  });

  it('decodes files at the same time as one after the other', async () => {
    const files = ['tone.opus', 'encodings/square.opus', 'encodings/left.opus', 'tone.opus'].map(file);
    const alone: Float32Array[] = [];
    for (const bytes of files) alone.push(await decode(bytes));
    expect(await Promise.all(files.map(decode))).toEqual(alone);
  });
});

describe('Ogg Opus that is damaged', () => {
  it('is never heard: a flipped bit anywhere is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: tone.length - 1 }), fc.nat({ max: 7 }), async (at, bit) => {
        expect(await refusalOfBytes(tone.with(at, tone[at] ^ (1 << bit)))).toMatch(
          /^AUR_AUDIO_(DAMAGED|TRUNCATED|UNKNOWN_FORMAT)$/,
        );
      }),
    );
  });

  it('is refused where a packet does not decode', async () => {
    const damaged = ogg([opusHead(), tags, ...sound.slice(0, 5), Uint8Array.of(0xff), ...sound.slice(5)], { granule });
    await expect(decode(damaged)).rejects.toMatchObject({
      code: 'AUR_AUDIO_DAMAGED',
      message: expect.stringMatching(/^a\.opus: Ogg Opus cannot be decoded: .*corrupted/),
    });
  });

  it('gives samples or a coded error under right checksums, and never spoils the next file', async () => {
    const small = file('encodings/square.opus');
    const good = await decode(small);
    const anyDamage = fc.array(
      fc.record({
        // Half of it in the headers.
        at: fc.oneof(fc.nat({ max: 120 }), fc.nat({ max: small.length - 1 })),
        value: fc.nat({ max: 255 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(anyDamage, async (damage) => {
        const bytes = small.slice();
        for (const { at, value } of damage) bytes[at] = value;
        const [, next] = await Promise.all([refusalOfBytes(sealOgg(bytes)), decode(small)]);
        expect(sameSamples(next, good)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('gives samples or a coded error for any header', async () => {
    const anyHead = fc
      .record({
        version: fc.nat({ max: 20 }),
        channels: fc.nat({ max: 255 }),
        preSkip: fc.nat({ max: 0xffff }),
        gain: fc.integer({ min: -0x8000, max: 0x7fff }),
        family: fc.constantFrom(0, 1, 2, 255),
        mapping: fc.array(fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 255 })), { maxLength: 12 }),
      })
      .map(opusHead);
    await fc.assert(
      fc.asyncProperty(anyHead, async (head) => {
        await refusalOfBytes(ogg([head, tags, ...sound.slice(0, 3)], { granule: 2000 }));
      }),
      { numRuns: 150 },
    );
  });
});
