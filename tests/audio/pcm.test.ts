import { decodePcm, PCM_ENCODINGS } from '@auricle/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './wav-bytes.js';

describe('decodePcm', () => {
  it('maps 16-bit integers, low byte first, to [-1, 1)', () => {
    const bytes = Uint8Array.of(0x00, 0x80, 0xff, 0xff, 0x00, 0x00, 0x00, 0x40, 0xff, 0x7f);
    expect(decodePcm(bytes, 's16le')).toEqual(Float32Array.of(-1, -1 / 32768, 0, 0.5, 32767 / 32768));
  });

  it('takes floats as they are and clips them to [-1, 1]', () => {
    const bytes = Uint8Array.of(0, 0, 0x80, 0xbe, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0, 0xc0);
    expect(decodePcm(bytes, 'f32le')).toEqual(Float32Array.of(-0.25, 1, 1, -1));
    const samples = Float32Array.of(-1, -1e-38, 0, 0.1, 1);
    expect(decodePcm(bytesOf(samples), 'f32le')).toEqual(samples);
  });

  it('reads bytes at any alignment', () => {
    const samples = Float32Array.of(0.5, -0.25, 0.125);
    for (let offset = 0; offset < 8; offset++) {
      const floats = new Uint8Array(20).subarray(offset, offset + 12);
      floats.set(bytesOf(samples));
      expect(decodePcm(floats, 'f32le'), `offset ${offset}`).toEqual(samples);
      const integers = new Uint8Array(20).subarray(offset, offset + 6);
      integers.set(bytesOf(Int16Array.from(samples, (v) => v * 32768)));
      expect(decodePcm(integers, 's16le'), `offset ${offset}`).toEqual(samples);
    }
  });

  it('gives no samples for no bytes', () => {
    for (const encoding of PCM_ENCODINGS) expect(decodePcm(new Uint8Array(0), encoding)).toHaveLength(0);
  });

  it('refuses a sample that is cut', () => {
    for (const [encoding, size] of [
      ['s16le', 2],
      ['f32le', 4],
    ] as const)
      for (let bytes = 0; bytes < 20; bytes++) {
        const decode = () => decodePcm(new Uint8Array(bytes), encoding);
        if (bytes % size === 0) expect(decode()).toHaveLength(bytes / size);
        else
          expect(decode).toThrow(
            expect.objectContaining({
              code: 'AUR_AUDIO_ODD_BYTES',
              message: `${bytes} bytes are no whole number of ${encoding} samples of ${size} bytes`,
            }),
          );
      }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses the float %d by its index',
    (v) => {
      expect(() => decodePcm(bytesOf(Float32Array.of(0, 0.5, v)), 'f32le')).toThrow(
        expect.objectContaining({
          code: 'AUR_AUDIO_NOT_FINITE',
          message: `sample 2 is ${v}: expected a finite number`,
        }),
      );
    },
  );

  it('gives samples in [-1, 1] or a coded error for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom(...PCM_ENCODINGS), (bytes, encoding) => {
        try {
          expect(decodePcm(bytes, encoding).every((v) => Math.abs(v) <= 1)).toBe(true);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^AUR_AUDIO_(ODD_BYTES|NOT_FINITE)$/) });
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does not keep the bytes it is given', () => {
    const bytes = bytesOf(Float32Array.of(0.5));
    const samples = decodePcm(bytes, 'f32le');
    bytes.fill(0);
    expect(samples).toEqual(Float32Array.of(0.5));
  });
});
