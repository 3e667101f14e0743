import { fbank, resample } from '@auricle/audio';
import { type Recording, SAMPLE_RATE } from '@auricle/training/data/corpus';
import { type Example, SILENCE } from '@auricle/training/data/example';
import { featureStatistics, sampleOf } from '@auricle/training/data/statistics';
import { describe, expect, it } from 'vitest';
import { noise } from '../tracing/compare.js';

const MEL_BINS = 80;

/** The frames of samples and of a tail of silence. */
function exampleOf(samples: Float32Array): Example {
  const padded = new Float32Array(samples.length + 0.24 * SAMPLE_RATE);
  padded.set(samples);
  const features = fbank(padded);
  return { features, frames: features.length / MEL_BINS, labels: [] };
}
const noisy = (length: number, level: number, seed: number) => noise(length, seed).map((v) => v * level);

/** All frames of the examples that hold sound. */
const audibleFrames = (examples: readonly Example[]): Float32Array[] =>
  examples
    .flatMap(({ features, frames }) =>
      Array.from({ length: frames }, (_, t) => features.subarray(t * MEL_BINS, (t + 1) * MEL_BINS)),
    )
    .filter((frame) => Math.max(...frame) > SILENCE + 1e-3);

/** Two passes, unlike the sums of squares that are tested. */
function momentsOf(frames: readonly Float32Array[], bin: number) {
  const mean = frames.reduce((sum, frame) => sum + frame[bin], 0) / frames.length;
  const variance = frames.reduce((sum, frame) => sum + (frame[bin] - mean) ** 2, 0) / frames.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe('featureStatistics', () => {
  it('is the mean and deviation of each mel bin over the frames of all examples', () => {
    const examples = [noisy(9000, 0.25, 1), noisy(4000, 0.01, 2), noisy(12_345, 0.6, 3)].map(exampleOf);
    const frames = audibleFrames(examples);
    const { mean, deviation } = featureStatistics(examples, MEL_BINS)!;
    expect([mean.length, deviation.length]).toEqual([MEL_BINS, MEL_BINS]);
    for (let bin = 0; bin < MEL_BINS; bin++) {
      const expected = momentsOf(frames, bin);
      expect(mean[bin]).toBeCloseTo(expected.mean, 8);
      expect(deviation[bin]).toBeCloseTo(expected.deviation, 6);
    }
    expect(Math.min(...deviation)).toBeGreaterThan(0.1);
  });

  it('switches off the bins that the corpus leaves empty: those that vary by less than half the average bin', () => {
    const telephone = resample(noise(40_000, 4), 8000, SAMPLE_RATE);
    // In 16 bits, as recordings are: below its last step a band is not empty but silent.
    const examples = [1, 0.1, 0.01].map((level) =>
      exampleOf(telephone.map((v) => Math.round(20_000 * level * v) / 32_768)),
    );
    const frames = audibleFrames(examples);
    const measured = Array.from({ length: MEL_BINS }, (_, bin) => momentsOf(frames, bin).deviation);
    const least = measured.reduce((a, b) => a + b) / MEL_BINS / 2;
    const { deviation } = featureStatistics(examples, MEL_BINS)!;
    measured.forEach((v, bin) => {
      if (v > least) expect(deviation[bin]).toBeCloseTo(v, 6);
      else expect(20 / deviation[bin]).toBeLessThan(1e-4);
    });
    expect(measured.filter((v) => v < least).length).toBeGreaterThan(5);
    expect(measured.filter((v) => v > least).length).toBeGreaterThan(40);
  });

  it('does not count digital silence, however much of it there is', () => {
    const padded = new Float32Array(48_000);
    // A whole number of frames, so that the frames of the sound are the same.
    padded.set(noisy(8000, 0.25, 1), 16_000);
    const sound = exampleOf(padded);
    const alone = audibleFrames([sound]);
    const { mean } = featureStatistics([sound, exampleOf(new Float32Array(80_000))], MEL_BINS)!;
    expect(alone.length).toBeLessThan(60);
    for (let bin = 0; bin < MEL_BINS; bin++) expect(mean[bin]).toBeCloseTo(momentsOf(alone, bin).mean, 8);
  });

  it('is nothing where nothing is to be heard', () => {
    for (const examples of [[exampleOf(new Float32Array(16_000))], []])
      expect(featureStatistics(examples, MEL_BINS)).toBeUndefined();
  });
});

describe('sampleOf', () => {
  const corpusOf = (count: number, duration: number) =>
    Array.from(
      { length: count },
      (_, i): Recording => ({
        manifest: 'a',
        utterance: { audio_filepath: `${i}.wav`, duration, text: '' },
        samples: duration * SAMPLE_RATE,
        labels: [i],
      }),
    );

  it('samples a large corpus evenly from its first recording to its last', () => {
    const sampled = sampleOf(corpusOf(2000, 6)).map(({ labels }) => labels[0]);
    expect([sampled[0], sampled.length]).toEqual([0, 200]);
    expect(sampled.slice(1).map((v, i) => v - sampled[i])).toEqual(new Array(199).fill(10));
    expect(sampled[199]).toBeGreaterThanOrEqual(1990);
  });

  it('takes all of a small one', () => {
    const corpus = corpusOf(100, 6);
    expect(sampleOf(corpus)).toEqual(corpus);
  });
});
