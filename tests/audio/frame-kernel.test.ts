import { type FbankOptions, fbank } from '@auricle/audio';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** The definition (Kaldi feature-fbank.cc) word by word: the log-mel energies of a single frame. */
function defined(frame: Float32Array, sampleRate: number, melBins: number, lowHz: number, highHz: number): number[] {
  const length = frame.length;
  const mean = frame.reduce((sum, v) => sum + v, 0) / length;
  const centred = Array.from(frame, (v) => v - mean);
  const windowed = centred.map((v, i) => {
    const window = (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (length - 1))) ** 0.85;
    return (v - 0.97 * centred[Math.max(0, i - 1)]) * window;
  });
  const fftSize = 2 ** Math.ceil(Math.log2(length));
  const power = Array.from({ length: fftSize / 2 }, (_, k) => {
    let [re, im] = [0, 0];
    for (const [i, v] of windowed.entries()) {
      re += v * Math.cos((2 * Math.PI * k * i) / fftSize);
      im -= v * Math.sin((2 * Math.PI * k * i) / fftSize);
    }
    return re * re + im * im;
  });
  const mel = (hz: number) => 1127 * Math.log(1 + hz / 700);
  const step = (mel(highHz) - mel(lowHz)) / (melBins + 1);
  return Array.from({ length: melBins }, (_, bin) => {
    const centre = mel(lowHz) + (bin + 1) * step;
    const energy = power.reduce((sum, p, k) => {
      const weight = 1 - Math.abs(mel((k * sampleRate) / fftSize) - centre) / step;
      return weight > 0 ? sum + weight * p : sum;
    }, 0);
    return Math.log(Math.max(energy, 2 ** -23));
  });
}

describe('fbank', () => {
  it('computes what its definition says for any rate, frame and mel bins', () => {
    const anyOptions = fc
      .record({
        sampleRate: fc.constantFrom(8000, 11_025, 16_000, 44_100),
        frameSamples: fc.oneof(fc.integer({ min: 3, max: 40 }), fc.integer({ min: 3, max: 600 })),
        melBins: fc.integer({ min: 1, max: 100 }),
        lowHz: fc.constantFrom(0, 20, 300),
        highHz: fc.constantFrom(1000, 2500, 4000),
        seed: fc.nat(),
      })
      .map(({ sampleRate, frameSamples, melBins, lowHz, highHz, seed }) => {
        // Half a sample more, so that rounding cannot lose the last.
        const frameLengthMs = ((frameSamples + 0.5) / sampleRate) * 1000;
        const options: FbankOptions = { sampleRate, frameLengthMs, hopMs: frameLengthMs, melBins, lowHz, highHz };
        const frame = Float32Array.from({ length: frameSamples }, (_, i) => Math.sin(seed + i * i * 0.7) / 2);
        return { options, frame };
      });
    fc.assert(
      fc.property(anyOptions, ({ options, frame }) => {
        const { sampleRate, melBins, lowHz, highHz } = options as Required<FbankOptions>;
        const expected = defined(frame, sampleRate, melBins, lowHz, highHz);
        // Hop and frame of the same length: one frame without edges.
        const ours = fbank(frame, options);
        expect(ours).toHaveLength(melBins);
        for (const [bin, value] of expected.entries())
          expect(Math.abs(ours[bin] - value), `bin ${bin}`).toBeLessThan(1e-5);
      }),
      { numRuns: 200 },
    );
  });

  it('gives a frame the same values wherever it lies among others', () => {
    const samples = Float32Array.from({ length: 4000 }, (_, i) => Math.sin(i * i * 1e-3) / 3);
    const whole = fbank(samples);
    for (const frame of [1, 7, 20]) {
      // 280 samples after the middle of its hop, and whole hops before.
      const alone = fbank(samples.subarray(160 * (frame - 1), 160 * frame + 440));
      expect(alone.subarray(80, 160)).toEqual(whole.subarray(80 * frame, 80 * (frame + 1)));
    }
  });
});
