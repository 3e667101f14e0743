import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeAudio } from '@auricle/audio';
import { describe, expect, it } from 'vitest';
import { bytesOf, wav } from '../wav-bytes.js';

const decode = async (bytes: Uint8Array) => (await decodeAudio(bytes, 'a.wav')).samples;
const quantised = (values: readonly number[]) => Float32Array.from(values);

describe('WAV against libsndfile', () => {
  const entries: { name: string; sampleRate: number; mean: number[]; base64: string }[] = JSON.parse(
    readFileSync(join(import.meta.dirname, '../fixtures/encodings/wav.json'), 'utf8'),
  );

  it.each(entries)('reads $name', async ({ base64, sampleRate, mean }) => {
    expect(await decodeAudio(Buffer.from(base64, 'base64'), 'a.wav')).toEqual({ sampleRate, samples: quantised(mean) });
  });

  it('has an example of every encoding, byte order and header', () => {
    expect(entries).toHaveLength(3 * 8 * 2);
  });
});

describe('samples of a WAV file', () => {
  it('are integers mapped to [-1, 1), 8 bits unsigned', async () => {
    const eighths = Uint8Array.of(0, 64, 127, 128, 129, 255);
    expect(await decode(wav(eighths, { bits: 8 }))).toEqual(quantised([-1, -1 / 2, -1 / 128, 0, 1 / 128, 127 / 128]));
    const halves = bytesOf(Int16Array.of(-32768, -16384, -1, 0, 1, 32767));
    expect(await decode(wav(halves))).toEqual(quantised([-1, -1 / 2, -(2 ** -15), 0, 2 ** -15, 32767 / 32768]));
    const thirds = Uint8Array.of(0, 0, 0x80, 0xff, 0xff, 0xff, 1, 0, 0, 0xff, 0xff, 0x7f);
    expect(await decode(wav(thirds, { bits: 24 }))).toEqual(quantised([-1, -(2 ** -23), 2 ** -23, 1 - 2 ** -23]));
  });

  it('are mu-law and A-law expanded as ITU-T G.711 does', async () => {
    // Both ends, the steps beside zero, and one in a middle segment, of 16 bits.
    const muLaw = wav(Uint8Array.of(0x00, 0x80, 0x7f, 0xff, 0x7e, 0xfe, 0x4f), { format: 7, bits: 8 });
    expect(await decode(muLaw)).toEqual(quantised([-32124, 32124, 0, 0, -8, 8, -924].map((v) => v / 32768)));
    const aLaw = wav(Uint8Array.of(0x2a, 0xaa, 0x55, 0xd5, 0x54, 0xd4, 0x65), { format: 6, bits: 8 });
    expect(await decode(aLaw)).toEqual(quantised([-32256, 32256, -8, 8, -24, 24, -1056].map((v) => v / 32768)));
  });

  it('are floats clipped to [-1, 1]', async () => {
    const floats = bytesOf(Float32Array.of(-3, -1, 0.25, 1, 1e30));
    expect(await decode(wav(floats, { format: 3, bits: 32 }))).toEqual(quantised([-1, -1, 0.25, 1, 1]));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'are refused where %d is among them',
    async (value) => {
      for (const [bits, floats] of [
        [32, Float32Array.of(0, value)],
        [64, Float64Array.of(0, value)],
      ] as const)
        await expect(decode(wav(bytesOf(floats), { format: 3, bits }))).rejects.toThrow(
          expect.objectContaining({
            code: 'AUR_AUDIO_DAMAGED',
            message: expect.stringMatching(/^a\.wav: .*sample 1 is -?(NaN|Infinity)/),
          }),
        );
    },
  );

  it('are the mean of the channels', async () => {
    const channels = 300;
    const ramp = Int16Array.from({ length: 2 * channels }, (_, i) => i);
    const mean = (channels - 1) / 2 / 32768;
    expect(await decode(wav(bytesOf(ramp), { channels }))).toEqual(quantised([mean, mean + channels / 32768]));
  });
});
