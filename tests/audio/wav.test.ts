import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeWav, encodeWav } from '@auricle/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, wav } from './wav-bytes.js';

const decode = (bytes: Uint8Array) => decodeWav(bytes, 'a.wav').samples;
const quantised = (values: readonly number[]) => Float32Array.from(values);

describe('decodeWav against libsndfile', () => {
  const entries: { name: string; sampleRate: number; mean: number[]; base64: string }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, 'fixtures/encodings/wav.json'), 'utf8'),
  );

  it.each(entries)('reads $name', ({ base64, sampleRate, mean }) => {
    expect(decodeWav(Buffer.from(base64, 'base64'), 'a.wav')).toEqual({ sampleRate, samples: quantised(mean) });
  });

  it('has an example of every encoding, byte order and header', () => {
    expect(entries).toHaveLength(3 * 8 * 2);
  });
});

describe('decodeWav', () => {
  it('maps integers to [-1, 1), 8 bits unsigned', () => {
    const eighths = Uint8Array.of(0, 64, 127, 128, 129, 255);
    expect(decode(wav(eighths, { bits: 8 }))).toEqual(quantised([-1, -1 / 2, -1 / 128, 0, 1 / 128, 127 / 128]));
    const halves = bytesOf(Int16Array.of(-32768, -16384, -1, 0, 1, 32767));
    expect(decode(wav(halves))).toEqual(quantised([-1, -1 / 2, -(2 ** -15), 0, 2 ** -15, 32767 / 32768]));
    const thirds = Uint8Array.of(0, 0, 0x80, 0xff, 0xff, 0xff, 1, 0, 0, 0xff, 0xff, 0x7f);
    expect(decode(wav(thirds, { bits: 24 }))).toEqual(quantised([-1, -(2 ** -23), 2 ** -23, 1 - 2 ** -23]));
  });

  it('expands mu-law and A-law as ITU-T G.711 does', () => {
    // Both ends, the steps beside zero, and one in a middle segment, of 16 bits.
    const muLaw = wav(Uint8Array.of(0x00, 0x80, 0x7f, 0xff, 0x7e, 0xfe, 0x4f), { format: 7, bits: 8 });
    expect(decode(muLaw)).toEqual(quantised([-32124, 32124, 0, 0, -8, 8, -924].map((v) => v / 32768)));
    const aLaw = wav(Uint8Array.of(0x2a, 0xaa, 0x55, 0xd5, 0x54, 0xd4, 0x65), { format: 6, bits: 8 });
    expect(decode(aLaw)).toEqual(quantised([-32256, 32256, -8, 8, -24, 24, -1056].map((v) => v / 32768)));
  });

  it('clips floats beyond [-1, 1]', () => {
    const floats = bytesOf(Float32Array.of(-3, -1, 0.25, 1, 1e30));
    expect(decode(wav(floats, { format: 3, bits: 32 }))).toEqual(quantised([-1, -1, 0.25, 1, 1]));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('refuses %d among floats', (value) => {
    for (const [bits, floats] of [
      [32, Float32Array.of(0, value)],
      [64, Float64Array.of(0, value)],
    ] as const)
      expect(() => decode(wav(bytesOf(floats), { format: 3, bits }))).toThrow(
        expect.objectContaining({
          code: 'AUR_AUDIO_DAMAGED',
          message: expect.stringMatching(/^a\.wav: .*sample 1 is -?(NaN|Infinity)/),
        }),
      );
  });

  it('mixes many channels to their mean', () => {
    const channels = 300;
    const ramp = Int16Array.from({ length: 2 * channels }, (_, i) => i);
    const mean = (channels - 1) / 2 / 32768;
    expect(decode(wav(bytesOf(ramp), { channels }))).toEqual(quantised([mean, mean + channels / 32768]));
  });
});

describe('encodeWav', () => {
  it('writes 16 bits that decodeWav reads back to half a step', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 768_000 }),
        (samples, sampleRate) => {
          const back = decodeWav(encodeWav({ samples, sampleRate }), 'a.wav');
          expect(back.sampleRate).toBe(sampleRate);
          expect(back.samples).toHaveLength(samples.length);
          // Full scale is 32767 / 32768.
          const error = back.samples.map((v, i) => Math.abs(v - Math.min(samples[i], 32767 / 32768)));
          expect(Math.max(...error)).toBeLessThanOrEqual(2 ** -16);
        },
      ),
    );
  });

  it('clips what lies beyond [-1, 1]', () => {
    const { samples } = decodeWav(encodeWav({ samples: Float32Array.of(-2, 2), sampleRate: 8000 }), 'a.wav');
    expect(samples).toEqual(Float32Array.of(-1, 32767 / 32768));
  });
});
