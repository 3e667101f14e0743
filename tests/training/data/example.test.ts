import { fbank } from '@auricle/audio';
import { checkTrainConfig, type TrainConfig } from '@auricle/training';
import type { Recording } from '@auricle/training/data/corpus';
import { SAMPLE_RATE, toFloat } from '@auricle/training/data/corpus';
import {
  type ExamplePlan,
  encoderFrames,
  frameExample,
  makeExample,
  planEpoch,
  SILENCE,
} from '@auricle/training/data/example';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const MEL_BINS = 80;
const SPACE = 1;

/** A recipe that changes nothing unless `augment` says so. */
const configOf = (augment: object = {}, batches: object = {}): TrainConfig =>
  checkTrainConfig(
    {
      name: 'test',
      epochs: 10,
      data: { train: ['a'], dev: ['b'], tailSeconds: 0.24 },
      batches,
      augment: {
        speed: [1, 1],
        gainDb: [0, 0],
        noise: { probability: 0 },
        specAugment: { timeMasks: 0, freqMasks: 0 },
        joinUtterances: { gapSeconds: [0, 0] },
        ...augment,
      },
    },
    'test',
  );

const tone = (hertz: number, samples: number): Recording => ({
  utterance: { audio_filepath: `${hertz}.wav`, duration: samples / SAMPLE_RATE, text: '' },
  samples: Int16Array.from({ length: samples }, (_, i) => 8000 * Math.sin((2 * Math.PI * hertz * i) / SAMPLE_RATE)),
  labels: [hertz],
});
const recordings = Array.from({ length: 30 }, (_, i) => tone(300 + 100 * i, 4000 + 400 * i));

const planOf = (pieces: Partial<ExamplePlan['pieces'][number]>[], seed = 1, strength = 1): ExamplePlan => ({
  pieces: pieces.map((piece) => ({ recording: 0, speed: 1, silenceBefore: 0, ...piece })),
  seed,
  strength,
  frames: 0,
  labels: [2, 3],
});
const frameOf = (features: Float32Array, t: number) => features.subarray(t * MEL_BINS, (t + 1) * MEL_BINS);
const isSilent = (frame: Float32Array) => frame.every((v) => Math.abs(v - SILENCE) < 1e-3);
const loudestBin = (frame: Float32Array) => frame.indexOf(Math.max(...frame));

describe('planEpoch', () => {
  const joining = fc.record({
    count: fc.integer({ min: 0, max: 30 }),
    maximum: fc.integer({ min: 1, max: 5 }),
    maximumSeconds: fc.constantFrom(0.4, 1, 2),
    rampEpochs: fc.integer({ min: 0, max: 6 }),
    epoch: fc.integer({ min: 0, max: 9 }),
  });

  it('uses each recording once, joins no more than it may and to no more than the greatest length', () => {
    fc.assert(
      fc.property(joining, ({ count, maximum, maximumSeconds, rampEpochs, epoch }) => {
        const joinUtterances = { maximum, gapSeconds: [0.01, 0.2], leadSeconds: [0, 0.1] };
        const config = configOf({ joinUtterances, rampEpochs, speed: [0.9, 1.1] }, { maximumSeconds });
        const plans = planEpoch(config, recordings.slice(0, count), epoch, SPACE);
        const used = plans.flatMap((plan) => plan.pieces.map((p) => p.recording));
        expect(used.sort((a, b) => a - b)).toEqual(recordings.slice(0, count).map((_, i) => i));
        for (const { pieces, frames } of plans) {
          expect(pieces.length).toBeLessThanOrEqual(maximum);
          if (pieces.length > 1) expect(frames).toBeLessThanOrEqual(maximumSeconds * 100 + 1);
        }
      }),
    );
  });

  it('draws speeds and silences from the ranges of the recipe', () => {
    const joinUtterances = { maximum: 3, gapSeconds: [0.1, 0.2], leadSeconds: [0.3, 0.4] };
    const plans = planEpoch(configOf({ joinUtterances, speed: [0.95, 1.05] }), recordings, 0, SPACE);
    const pieces = plans.flatMap((plan) => plan.pieces);
    for (const { speed } of pieces) expect(Math.abs(speed - 1)).toBeLessThanOrEqual(0.05 + 1e-9);
    expect(new Set(pieces.map((p) => p.speed)).size).toBeGreaterThan(5);
    for (const plan of plans)
      plan.pieces.forEach(({ silenceBefore }, i) => {
        const [low, high] = i === 0 ? [0.3, 0.4] : [0.1, 0.2];
        expect(silenceBefore).toBeGreaterThanOrEqual(low * SAMPLE_RATE);
        expect(silenceBefore).toBeLessThanOrEqual(high * SAMPLE_RATE);
      });
  });

  it('puts nothing between joined utterances where the words carry their own space', () => {
    const config = configOf({ joinUtterances: { maximum: 3 } });
    const plans = planEpoch(config, recordings, 0, undefined);
    const joined = plans.filter((plan) => plan.pieces.length > 1);
    expect(joined.length).toBeGreaterThan(0);
    for (const { pieces, labels } of joined)
      expect(labels).toEqual(pieces.flatMap((p) => recordings[p.recording].labels));
  });

  it('lets augmentation grow in a line over the first epochs', () => {
    const config = configOf({ rampEpochs: 4, joinUtterances: { maximum: 5 } });
    const epochs = Array.from({ length: 7 }, (_, epoch) => planEpoch(config, recordings, epoch, SPACE));
    expect(epochs.map((plans) => plans[0].strength)).toEqual([0, 0.25, 0.5, 0.75, 1, 1, 1]);
    for (const plans of epochs) expect(new Set(plans.map((p) => p.strength)).size).toBe(1);
    const mostJoined = epochs.map((plans) => Math.max(...plans.map((p) => p.pieces.length)));
    expect(mostJoined).toEqual([1, 2, 3, 4, 5, 5, 5]);
  });

  it('augments in full from the start where there is no ramp', () => {
    expect(planEpoch(configOf(), recordings, 0, SPACE)[0].strength).toBe(1);
  });
});

describe('makeExample', () => {
  it('gives the same example for the same plan, and another for another seed', () => {
    const config = configOf({
      gainDb: [-9, 3],
      noise: { probability: 1 },
      specAugment: { timeMasks: 2, freqMasks: 2 },
    });
    const plan = planOf([{ recording: 3, speed: 1.07 }, { recording: 5 }]);
    const example = makeExample(config, recordings, plan);
    expect(makeExample(config, recordings, plan)).toEqual(example);
    expect(makeExample(config, recordings, { ...plan, seed: 2 }).features).not.toEqual(example.features);
  });

  it('is the plain frames where the recipe changes nothing', () => {
    const plan = planOf([{ recording: 4 }]);
    const plain = frameExample(configOf(), toFloat(recordings[4].samples), plan.labels);
    expect(makeExample(configOf(), recordings, plan)).toEqual(plain);
  });

  it('leaves the recordings as they are', () => {
    const before = recordings[2].samples.slice();
    makeExample(configOf({ gainDb: [6, 6] }), recordings, planOf([{ recording: 2, speed: 0.9 }]));
    expect(recordings[2].samples).toEqual(before);
  });

  it('puts silence before each piece and the tail after the last', () => {
    const silence = 0.2 * SAMPLE_RATE;
    const pieces = [
      { recording: 0, silenceBefore: silence },
      { recording: 20, silenceBefore: silence },
    ];
    const { features, frames } = makeExample(configOf(), recordings, planOf(pieces));
    const lengths = [silence, recordings[0].samples.length, silence, recordings[20].samples.length];
    let start = 0;
    const middles = lengths.map((length) => {
      start += length;
      return Math.round((start - length / 2) / 160);
    });
    expect(middles.map((t) => isSilent(frameOf(features, t)))).toEqual([true, false, true, false]);
    expect(isSilent(frameOf(features, frames - 1))).toBe(true);
    expect(frames).toBe(Math.round((start + 0.24 * SAMPLE_RATE) / 160));
    expect(loudestBin(frameOf(features, middles[3]))).toBeGreaterThan(loudestBin(frameOf(features, middles[1])));
  });

  it('plays a piece faster, pitch and all, at a speed above 1', () => {
    const source = [tone(1000, 16_000)];
    const { features, frames } = makeExample(configOf(), source, planOf([{ speed: 1.25 }]));
    const expected = frameExample(configOf(), toFloat(tone(1250, 12_800).samples), []);
    expect(frames).toBe(expected.frames);
    expect(loudestBin(frameOf(features, 40))).toBe(loudestBin(frameOf(expected.features, 40)));
  });

  it('changes the level by decibels', () => {
    const plan = planOf([{ recording: 6 }]);
    const [plain, quieter] = [configOf(), configOf({ gainDb: [-6, -6] })].map((config) =>
      frameOf(makeExample(config, recordings, plan).features, 10),
    );
    const loudest = loudestBin(plain);
    expect(quieter[loudest] - plain[loudest]).toBeCloseTo(-0.6 * Math.LN10, 3);
  });

  it.each([
    ['noise', { noise: { probability: 1, snrDb: [10, 10] } }],
    ['masks', { specAugment: { timeMasks: 2, freqMasks: 2, maxTimeMask: 20, maxTimeFraction: 1 } }],
  ])('adds %s as often as the strength says', (_, augment) => {
    const config = configOf(augment);
    const plain = makeExample(configOf(), recordings, planOf([{}])).features;
    const changed = (strength: number) => {
      const made = Array.from(
        { length: 60 },
        (_, seed) => makeExample(config, recordings, planOf([{}], seed, strength)).features,
      );
      return made.filter((features) => features.some((v, i) => v !== plain[i])).length / made.length;
    };
    expect(changed(0)).toBe(0);
    expect(changed(0.5)).toBeGreaterThan(0.25);
    expect(changed(0.5)).toBeLessThan(0.75);
    expect(changed(1)).toBeGreaterThan(0.9);
  });

  it('adds noise at the ratio of the recipe', () => {
    const source = [tone(1000, 16_000)];
    const energyOfQuietBin = (snrDb: number) => {
      const config = configOf({ noise: { probability: 1, snrDb: [snrDb, snrDb] } });
      const { features } = makeExample(config, source, planOf([{}]));
      return Array.from({ length: 80 }, (_, t) => frameOf(features, 10 + t)[70]).reduce((a, b) => a + b) / 80;
    };
    expect(energyOfQuietBin(10) - energyOfQuietBin(20)).toBeCloseTo(Math.LN10, 1);
  });
});

describe('frameExample', () => {
  it('frames the samples and their tail of silence', () => {
    const samples = toFloat(recordings[1].samples);
    const padded = new Float32Array(samples.length + 0.24 * SAMPLE_RATE);
    padded.set(samples);
    const { features, frames } = frameExample(configOf(), samples, []);
    expect(features).toEqual(fbank(padded));
    expect(frames).toBe(features.length / MEL_BINS);
  });

  it.each([
    ['as many labels as encoder frames', 0, [], true],
    ['one more', 1, [], false],
    ['equal neighbours, which need a blank between them', 0, [7, 7], false],
    ['equal neighbours with room for the blank', -1, [7, 7], true],
  ])('says whether the labels fit: %s', (_, extra, equal, feasible) => {
    const samples = new Float32Array(8000);
    const room = encoderFrames(frameExample(configOf(), samples, []).frames);
    const different = Array.from({ length: room + extra - equal.length }, (_, i) => 10 + (i % 2));
    expect(frameExample(configOf(), samples, [...different, ...equal]).feasible).toBe(feasible);
  });
});

it('an encoder frame covers four feature frames or the rest of them', () => {
  expect([0, 1, 4, 5, 8, 9].map(encoderFrames)).toEqual([0, 1, 1, 2, 2, 3]);
});
