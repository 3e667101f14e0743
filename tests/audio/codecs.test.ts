import { createHash } from 'node:crypto';
import { readAudioFile } from '@auricle/audio';
import { describe, expect, it } from 'vitest';
import { type CodecFile, codecFiles } from './codecs.js';
import { bytesOf } from './wav-bytes.js';

/** Each channel alone. */
const channelsOf = ({ path, channels, raw }: Pick<CodecFile, 'path' | 'channels' | 'raw'>) =>
  Promise.all(
    Array.from({ length: channels }, async (_, channel) => (await readAudioFile(path, { channel, raw })).samples),
  );

function interleaved(channels: readonly Float32Array[]): Float32Array {
  const count = channels.length;
  return Float32Array.from(
    { length: count * channels[0].length },
    (_, i) => channels[i % count][Math.floor(i / count)],
  );
}

/** dB; what is missing from the samples counts as silence. */
function signalToNoise(samples: Float32Array, reference: Float32Array): number {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < Math.max(reference.length, samples.length); i++) {
    signal += (reference[i] ?? 0) ** 2;
    noise += ((reference[i] ?? 0) - (samples[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

describe('decoded samples, against an independent decoder', () => {
  const lossless = codecFiles.filter(({ sha256 }) => sha256);
  const lossy = codecFiles.filter(({ reference }) => reference);

  it.each(lossless)('are exactly those of $file', async (codec) => {
    const channels = await channelsOf(codec);
    expect(channels[0]).toHaveLength(codec.length);
    expect(
      createHash('sha256')
        .update(bytesOf(interleaved(channels)))
        .digest('hex'),
    ).toBe(codec.sha256);
  });

  it.each(lossy)('are those of $file to 60 dB and better', async (codec) => {
    const channels = await channelsOf(codec);
    const reference = await channelsOf({ path: codec.reference!, channels: codec.channels });
    expect(channels[0]).toHaveLength(codec.length);
    for (const [i, samples] of channels.entries()) expect(signalToNoise(samples, reference[i])).toBeGreaterThan(60);
  });

  it('are there for every format', () => {
    expect([lossless.length, lossy.length]).toEqual([22, 10]);
  });

  it.each(codecFiles)(
    'of all channels of $file are mixed to their mean',
    async ({ path, channels, raw, sampleRate }) => {
      const each = await channelsOf({ path, channels, raw });
      const mixed = await readAudioFile(path, { raw });
      expect(mixed.sampleRate).toBe(sampleRate);
      const mean = each[0].map((_, i) => each.reduce((sum, samples) => sum + samples[i], 0) / channels);
      // Channels are clipped one by one where they are read alone.
      expect(signalToNoise(mixed.samples, mean)).toBeGreaterThan(60);
    },
  );
});
