/** What the page computes by itself: spectra, latencies, hotwords. */
import { describe, expect, it } from 'vitest';
import { parseHotwords } from '../../../serving/page/hotwords.js';
import { LatencyMeter } from '../../../serving/page/latency.js';
import { powerSpectrum } from '../../../serving/page/spectrum.js';

describe('the spectrum', () => {
  it('is that of a plain Fourier sum of the windowed samples', () => {
    const size = 64;
    const samples = Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i) + 0.3 * Math.cos(2.1 * i + 1));
    const spectrum = powerSpectrum(size)(samples);
    expect(spectrum).toHaveLength(size / 2 + 1);
    for (let k = 0; k <= size / 2; k++) {
      let re = 0;
      let im = 0;
      samples.forEach((x, i) => {
        const windowed = x * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
        re += windowed * Math.cos((2 * Math.PI * k * i) / size);
        im -= windowed * Math.sin((2 * Math.PI * k * i) / size);
      });
      expect(10 ** (spectrum[k] / 20)).toBeCloseTo(Math.hypot(re, im) / (size / 4), 4);
    }
  });

  it('has a sine of full scale at 0 dB', () => {
    const samples = Float32Array.from({ length: 256 }, (_, i) => Math.sin((2 * Math.PI * 16 * i) / 256));
    const spectrum = powerSpectrum(256)(samples);
    expect(spectrum[16]).toBeCloseTo(0, 1);
    expect(spectrum[64]).toBeLessThan(-60);
  });
});

describe('the latency meter', () => {
  it('tells capture, the rest of the chunk, network and compute apart', () => {
    const meter = new LatencyMeter({ chunkSeconds: 0.32, captureMs: 30 });
    meter.roundTripMs = 10;
    for (let i = 1; i <= 50; i++) meter.audioSent(0.02 * i, 20 * i);
    // Its chunk ends at 0.64 s; the packet that holds the end of its last frame left at 660 ms.
    const parts = meter.wordCame(0.5, 700)!;
    expect(parts.capture).toBe(30);
    expect(parts.chunk).toBeCloseTo(140);
    expect(parts.network).toBe(10);
    expect(parts.compute).toBeCloseTo(30);
    expect(meter.wordCame(0.5, 800)).toBeUndefined();
  });
});

describe('hotwords', () => {
  it('are a phrase a line, with boosts of their own', () => {
    expect(parseHotwords('new york :6\n\n  auricle  \nten:-1.5\n')).toEqual([
      { phrase: 'new york', boost: 6 },
      { phrase: 'auricle', boost: 4 },
      { phrase: 'ten', boost: -1.5 },
    ]);
  });
});
