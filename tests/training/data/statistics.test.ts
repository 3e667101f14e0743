import { fbank, resample } from '@auricle/audio';
import { checkTrainConfig } from '@auricle/training';
import { type Recording, SAMPLE_RATE } from '@auricle/training/data/corpus';
import { SILENCE } from '@auricle/training/data/example';
import { featureStatistics } from '@auricle/training/data/statistics';
import { describe, expect, it } from 'vitest';
import { noise } from '../tracing/compare.js';

const MEL_BINS = 80;
const config = checkTrainConfig(
  { name: 'test', epochs: 1, data: { train: ['a'], dev: ['b'], tailSeconds: 0.24 } },
  'test',
);

const recordingOf = (samples: Int16Array): Recording => ({
  utterance: { audio_filepath: 'x.wav', duration: samples.length / SAMPLE_RATE, text: '' },
  samples,
  labels: [],
});
const noisy = (length: number, level: number, seed: number) =>
  recordingOf(Int16Array.from(noise(length, seed), (v) => v * level));

/** All frames of the recordings and their tails that hold sound. */
function audibleFrames(recordings: readonly Recording[]): Float32Array[] {
  return recordings.flatMap(({ samples }) => {
    const padded = new Float32Array(samples.length + 0.24 * SAMPLE_RATE);
    padded.set(Float32Array.from(samples, (v) => v / 32768));
    const features = fbank(padded);
    return Array.from({ length: features.length / MEL_BINS }, (_, t) =>
      features.subarray(t * MEL_BINS, (t + 1) * MEL_BINS),
    ).filter((frame) => Math.max(...frame) > SILENCE + 1e-3);
  });
}

/** Two passes, unlike the sums of squares that are tested. */
function momentsOf(frames: readonly Float32Array[], bin: number) {
  const mean = frames.reduce((sum, frame) => sum + frame[bin], 0) / frames.length;
  const variance = frames.reduce((sum, frame) => sum + (frame[bin] - mean) ** 2, 0) / frames.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe('featureStatistics', () => {
  it('is the mean and deviation of each mel bin over the frames of all recordings', () => {
    const recordings = [noisy(9000, 8000, 1), noisy(4000, 300, 2), noisy(12_345, 20_000, 3)];
    const frames = audibleFrames(recordings);
    const { mean, deviation } = featureStatistics(config, recordings);
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
    const recordings = [1, 0.1, 0.01].map((level) =>
      recordingOf(Int16Array.from(telephone, (v) => 20_000 * level * v)),
    );
    const frames = audibleFrames(recordings);
    const measured = Array.from({ length: MEL_BINS }, (_, bin) => momentsOf(frames, bin).deviation);
    const least = measured.reduce((a, b) => a + b) / MEL_BINS / 2;
    const { deviation } = featureStatistics(config, recordings);
    measured.forEach((v, bin) => {
      if (v > least) expect(deviation[bin]).toBeCloseTo(v, 6);
      else expect(20 / deviation[bin]).toBeLessThan(1e-4);
    });
    expect(measured.filter((v) => v < least).length).toBeGreaterThan(5);
    expect(measured.filter((v) => v > least).length).toBeGreaterThan(40);
  });

  it('does not count digital silence, however much of it there is', () => {
    const sound = noisy(8000, 8000, 1);
    const padded = new Int16Array(48_000);
    // A whole number of frames, so that the frames of the sound are the same.
    padded.set(sound.samples, 16_000);
    const alone = audibleFrames([recordingOf(padded)]);
    const { mean } = featureStatistics(config, [recordingOf(padded), recordingOf(new Int16Array(80_000))]);
    expect(alone.length).toBeLessThan(60);
    for (let bin = 0; bin < MEL_BINS; bin++) expect(mean[bin]).toBeCloseTo(momentsOf(alone, bin).mean, 8);
  });

  it('stays finite and never divides by nothing where nothing is to be heard', () => {
    const { mean, deviation } = featureStatistics(config, [recordingOf(new Int16Array(16_000))]);
    expect(mean.every(Number.isFinite)).toBe(true);
    expect(deviation.every((v) => v >= 1e-3)).toBe(true);
  });

  it('samples a large corpus from its first recording to its last', () => {
    const [quiet, loud] = [noisy(400, 300, 1), noisy(400, 20_000, 2)];
    const sorted = Array.from({ length: 2000 }, (_, i) => (i < 1000 ? quiet : loud));
    const [large, both] = [sorted, [quiet, loud]].map((recordings) => featureStatistics(config, recordings));
    for (let bin = 0; bin < MEL_BINS; bin++) {
      expect(large.mean[bin]).toBeCloseTo(both.mean[bin], 8);
      expect(large.deviation[bin]).toBeCloseTo(both.deviation[bin], 6);
    }
  });
});
