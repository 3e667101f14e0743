import { fbank } from '@auricle/audio';
import { opusRoundTrip } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { delayOf } from './measures.js';
import { burstsOfSpeech, EXTREMES, gaussian, RATE } from './signals.js';

/** A voice of 120 Hz with its overtones, whose pitch and loudness rise and fall. */
const voice = (sampleRate: number): Float32Array =>
  Float32Array.from({ length: 2 * sampleRate }, (_, i) => {
    const t = i / sampleRate;
    const phase = 2 * Math.PI * (120 * t + 10 * Math.sin(3 * t));
    let sum = 0;
    for (let overtone = 1; overtone <= 45; overtone++) sum += Math.sin(overtone * phase) / overtone;
    return 0.2 * sum * Math.sin(Math.PI * t * 2) ** 2;
  });

const BINS = 80;
/** Mean change of a log-mel energy in bins from `first` on. */
const changeOf = (coded: Float32Array, samples: Float32Array, first = 0) => {
  const [after, before] = [fbank(coded), fbank(samples)];
  const changes = [...after].map((value, i) => value - before[i]).filter((_, i) => i % BINS >= first);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { size: mean(changes.map(Math.abs)), mean: mean(changes) };
};

describe('opusRoundTrip', () => {
  it.each([8000, 11_025, 16_000, 22_050, 48_000])('keeps length and timing at %i Hz', async (rate) => {
    const samples = voice(rate).subarray(0, rate + 77);
    const { samples: coded, sampleRate } = await opusRoundTrip({ samples, sampleRate: rate }, 24_000);
    expect(sampleRate).toBe(rate);
    expect(coded).toHaveLength(samples.length);
    // Half a millisecond.
    expect(Math.abs(delayOf(coded, samples, Math.round(rate / 50)))).toBeLessThanOrEqual(rate / 2000);
  });

  it('changes the features the less the more bits there are, and hardly at 128 kbit/s', async () => {
    const samples = voice(RATE);
    const changes: number[] = [];
    for (const bits of [6000, 10_000, 16_000, 32_000, 128_000])
      changes.push(changeOf((await opusRoundTrip({ samples, sampleRate: RATE }, bits)).samples, samples).size);
    expect(changes).toEqual([...changes].sort((a, b) => b - a));
    expect(changes[0]).toBeGreaterThan(1);
    expect(changes.at(-1)).toBeLessThan(0.1);
  });

  it('has no bits for the highest frequencies at 8 kbit/s', async () => {
    const samples = voice(RATE);
    const { samples: coded } = await opusRoundTrip({ samples, sampleRate: RATE }, 8000);
    // Mel bins whose middle lies above 4.4 kHz.
    expect(changeOf(coded, samples, 63).mean).toBeLessThan(-3);
  });

  it('gives the same every time, whatever was coded before', async () => {
    const pcm = { samples: burstsOfSpeech(0.6), sampleRate: RATE };
    const once = await opusRoundTrip(pcm, 12_000);
    const [, again] = await Promise.all([
      opusRoundTrip({ samples: gaussian(4000), sampleRate: RATE }, 9000),
      opusRoundTrip(pcm, 12_000),
    ]);
    expect(again).toEqual(once);
  });

  it.each(EXTREMES)('gives numbers for %s', async (_, samples) => {
    const { samples: out } = await opusRoundTrip({ samples, sampleRate: RATE }, 16_000);
    expect(out).toHaveLength(samples.length);
    expect(out.every(Number.isFinite)).toBe(true);
  });

  it.each([0, 5999, 1e6, Number.NaN])('refuses %d bit/s', async (bits) => {
    const act = opusRoundTrip({ samples: gaussian(100), sampleRate: RATE }, bits);
    await expect(act).rejects.toThrow(expect.objectContaining({ code: 'AUR_AUGMENT_OPTION' }));
  });
});
