import { telephone } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { tone } from '../files.js';
import { bandPower, decibels, delayOf, power } from './measures.js';
import { EXTREMES, gaussian, RATE } from './signals.js';

describe('telephone', () => {
  const noise = gaussian(RATE);
  const { samples: heard, sampleRate } = telephone({ samples: noise, sampleRate: RATE });
  const kept = (low: number, high: number) =>
    decibels(bandPower(heard, RATE, low, high) / bandPower(noise, RATE, low, high));

  it('cuts what lies above 3400 Hz by 40 dB and more', () => {
    expect(sampleRate).toBe(RATE);
    expect(kept(3400, 8000)).toBeLessThan(-40);
    // mu-law's own noise is what is left up to half of 8 kHz; above there is nothing of it.
    expect(kept(4200, 8000)).toBeLessThan(-60);
  });

  it('cuts what lies below the band and leaves what lies in it', () => {
    expect(kept(20, 180)).toBeLessThan(-30);
    expect(Math.abs(kept(420, 3180))).toBeLessThan(0.1);
  });

  it('adds the noise of mu-law: 38 dB below the sound, whether it is loud or soft', () => {
    for (const amplitude of [0.9, 0.1, 0.03]) {
      // In the middle of the band, so that the filter leaves it as it is.
      const clean = tone(1, RATE, 1000, amplitude);
      const { samples } = telephone({ samples: clean, sampleRate: RATE });
      const middle = samples.subarray(2000, -2000);
      const ratio = decibels(power(middle) / power(middle.map((value, i) => value - clean[2000 + i])));
      expect(ratio).toBeGreaterThan(30);
      expect(ratio).toBeLessThan(45);
    }
  });

  it.each([8000, 11_025, 16_000, 48_000])('keeps length and timing at %i Hz', (rate) => {
    const click = new Float32Array(3001);
    click[1500] = 0.5;
    const { samples } = telephone({ samples: click, sampleRate: rate });
    expect(samples).toHaveLength(click.length);
    expect(Math.abs(delayOf(samples, click, 100))).toBeLessThanOrEqual(Math.ceil(rate / 8000 / 2));
  });

  it.each(EXTREMES)('gives numbers for %s', (_, samples) => {
    const { samples: out } = telephone({ samples, sampleRate: RATE });
    expect(out).toHaveLength(samples.length);
    expect(out.every(Number.isFinite)).toBe(true);
  });
});
