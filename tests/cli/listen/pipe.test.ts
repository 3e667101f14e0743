/** What a pipe may hold, cut into pieces of any size. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { readPipe } from '@auricle/cli/listen/pipe';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const CODECS = join(import.meta.dirname, '../../audio/fixtures/codecs');
const SAMPLES = Float32Array.from({ length: 5000 }, (_, i) => Math.trunc(20_000 + 8000 * Math.sin(i / 9)) / 32_768);
const S16 = new Uint8Array(Int16Array.from(SAMPLES, (x) => x * 32_768).buffer);

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; at += sizes[i++ % sizes.length])
    yield bytes.subarray(at, at + sizes[i % sizes.length]);
}

async function samplesOf(bytes: Uint8Array, sizes: readonly number[] = [1000], rate = 16_000) {
  const { sampleRate, samples } = await readPipe(cut(bytes, sizes), rate);
  const all: number[] = [];
  for await (const piece of samples) all.push(...piece);
  return { sampleRate, samples: Float32Array.from(all) };
}

describe('a pipe', () => {
  it('of bare samples has the rate that is said, whatever its pieces', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, async (each) => {
        expect(await samplesOf(S16, each, 8000)).toEqual({ sampleRate: 8000, samples: SAMPLES });
      }),
      { numRuns: 30 },
    );
  });

  it('of WAV has the rate of its header', async () => {
    const wav = encodeWav({ samples: SAMPLES, sampleRate: 22_050 });
    const heard = await samplesOf(wav, [7]);
    expect(heard.sampleRate).toBe(22_050);
    expect(heard.samples).toHaveLength(SAMPLES.length);
    heard.samples.forEach((x, i) => {
      expect(Math.abs(x - SAMPLES[i])).toBeLessThan(1e-4);
    });
  });

  it.each(['pipe-sox.wav', 'pipe-ffmpeg.wav'])(
    'of a program that does not know its length is read to its end: %s',
    async (name) => {
      const { samples } = await samplesOf(await readFile(join(CODECS, name)));
      expect(samples).toHaveLength(400);
    },
  );

  it('may end within a sample, or be empty', async () => {
    expect((await samplesOf(S16.subarray(0, 101))).samples).toHaveLength(50);
    expect((await samplesOf(new Uint8Array(0))).samples).toHaveLength(0);
  });

  it('of a WAV with other samples is refused', async () => {
    await expect(samplesOf(await readFile(join(CODECS, 'mulaw.wav')))).rejects.toMatchObject({ code: 'AUR_CLI_PIPE' });
  });
});
