import { decodeAudio, encodeWav } from '@auricle/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('encodeWav', () => {
  it('writes 16 bits that are read back to half a step', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 768_000 }),
        async (samples, sampleRate) => {
          const back = await decodeAudio(encodeWav({ samples, sampleRate }), 'a.wav');
          expect(back.sampleRate).toBe(sampleRate);
          expect(back.samples).toHaveLength(samples.length);
          // Full scale is 32767 / 32768.
          const error = back.samples.map((v, i) => Math.abs(v - Math.min(samples[i], 32767 / 32768)));
          expect(Math.max(...error)).toBeLessThanOrEqual(2 ** -16);
        },
      ),
    );
  });

  it('clips what lies beyond [-1, 1]', async () => {
    const { samples } = await decodeAudio(encodeWav({ samples: Float32Array.of(-2, 2), sampleRate: 8000 }), 'a.wav');
    expect(samples).toEqual(Float32Array.of(-1, 32767 / 32768));
  });
});
