import { mkdtempSync } from 'node:fs';
import { rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, fbank, resample } from '@auricle/audio';
import { FeatureCache, loadPcm, type Utterance } from '@auricle/datasets';
import { checkTrainConfig, type TrainConfig } from '@auricle/training';
import { type Recording, SAMPLE_RATE } from '@auricle/training/data/corpus';
import {
  type ExamplePlan,
  encoderFrames,
  isFeasible,
  makeExample,
  plainExample,
  planEpoch,
  SILENCE,
} from '@auricle/training/data/example';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npyBytes } from '../../datasets/files.js';

const MEL_BINS = 80;
const SPACE = 1;
const TAIL = 0.24 * SAMPLE_RATE;

const folder = mkdtempSync(join(tmpdir(), 'auricle-example-'));
const manifest = join(folder, 'tones.jsonl');
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A recipe that changes nothing unless `augment` says so. */
const configOf = (augment: object = {}, batches: object = {}, featureCache?: object): TrainConfig =>
  checkTrainConfig(
    {
      name: 'test',
      epochs: 10,
      data: { train: ['a'], dev: ['b'], tailSeconds: TAIL / SAMPLE_RATE, featureCache },
      batches,
      augment: { steps: [], joinUtterances: { gapSeconds: [0, 0] }, ...augment },
    },
    'test',
  );

const sine = (hertz: number, length: number, sampleRate = SAMPLE_RATE, level = 0.25) =>
  Float32Array.from({ length }, (_, i) => level * Math.sin((2 * Math.PI * hertz * i) / sampleRate));

const recordingOf = (utterance: Utterance, labels: number[] = [2, 3]): Recording => ({
  manifest,
  utterance,
  samples: Math.round(utterance.duration * SAMPLE_RATE),
  labels,
});

async function writeTone(name: string, hertz: number, seconds: number, sampleRate = SAMPLE_RATE): Promise<string> {
  const samples = sine(hertz, Math.round(seconds * sampleRate), sampleRate);
  await writeFile(join(folder, name), encodeWav({ samples, sampleRate }));
  return name;
}

/** Tones of many lengths and pitches; the labels name the recording. */
const recordings = Array.from({ length: 30 }, (_, i) =>
  recordingOf({ audio_filepath: `${i}.wav`, duration: 0.25 + 0.025 * i, text: '' }, [i + 2]),
);
beforeAll(async () => {
  for (const [i, { utterance }] of recordings.entries())
    await writeTone(utterance.audio_filepath!, 300 + 100 * i, utterance.duration);
});

const nameOf = ({ recording }: ExamplePlan['pieces'][number]) =>
  recordings.findIndex((r) => r.utterance === recording.utterance);
const seconds = ({ frames }: ExamplePlan) => frames / 100;

describe('planEpoch', () => {
  const joining = fc.record({
    count: fc.integer({ min: 0, max: 30 }),
    maximum: fc.integer({ min: 1, max: 5 }),
    maximumSeconds: fc.constantFrom(0.6, 1, 2),
    rampEpochs: fc.integer({ min: 0, max: 6 }),
    epoch: fc.integer({ min: 0, max: 9 }),
  });

  it('uses each recording once, joins no more than it may and to no more than the greatest length', () => {
    fc.assert(
      fc.property(joining, ({ count, maximum, maximumSeconds, rampEpochs, epoch }) => {
        const joinUtterances = { maximum, gapSeconds: [0.01, 0.2], leadSeconds: [0, 0.1] };
        const config = configOf({ joinUtterances, rampEpochs }, { maximumSeconds });
        const plans = planEpoch(config, recordings.slice(0, count), epoch, SPACE);
        const used = plans.flatMap((plan) => plan.pieces.map(nameOf));
        expect(used.sort((a, b) => a - b)).toEqual(recordings.slice(0, count).map((_, i) => i));
        for (const plan of plans) {
          expect(plan.pieces.length).toBeLessThanOrEqual(maximum);
          if (plan.pieces.length > 1) expect(seconds(plan)).toBeLessThanOrEqual(maximumSeconds + 0.01);
        }
      }),
    );
  });

  it('draws speeds and silences from those of the recipe', () => {
    const joinUtterances = { maximum: 3, gapSeconds: [0.1, 0.2], leadSeconds: [0.3, 0.4] };
    const factors = [0.95, 1, 1.05];
    const config = configOf({ joinUtterances, steps: [{ kind: 'speed', factors }] });
    const plans = planEpoch(config, recordings, 0, SPACE);
    const drawn = plans.flatMap(({ pieces }) => pieces.map(({ speed }) => speed));
    expect(new Set(drawn)).toEqual(new Set(factors));
    // Each of joined recordings has its own.
    expect(plans.some(({ pieces }) => new Set(pieces.map(({ speed }) => speed)).size > 1)).toBe(true);
    expect(plans.flatMap(({ augment }) => augment)).toEqual([]);
    for (const plan of plans)
      plan.pieces.forEach(({ silenceBefore }, i) => {
        const [low, high] = i === 0 ? [0.3, 0.4] : [0.1, 0.2];
        expect(silenceBefore).toBeGreaterThanOrEqual(low * SAMPLE_RATE);
        expect(silenceBefore).toBeLessThanOrEqual(high * SAMPLE_RATE);
      });
  });

  it('puts nothing between joined utterances where the words carry their own space', () => {
    const config = configOf({ joinUtterances: { maximum: 3 } });
    const joined = planEpoch(config, recordings, 0, undefined).filter((plan) => plan.pieces.length > 1);
    expect(joined.length).toBeGreaterThan(0);
    for (const { pieces, labels } of joined)
      expect(labels).toEqual(pieces.flatMap((p) => recordings[nameOf(p)].labels));
  });

  it('lets augmentation grow in a line over the first epochs', () => {
    const steps = [{ kind: 'gain' }, { kind: 'specAugment' }];
    const config = configOf({ rampEpochs: 4, joinUtterances: { maximum: 5 }, steps });
    const many = Array.from({ length: 40 }, () => recordings).flat();
    const epochs = Array.from({ length: 7 }, (_, epoch) => planEpoch(config, many, epoch, SPACE));
    const expected = [0, 0.25, 0.5, 0.75, 1, 1, 1];
    epochs.forEach((plans, epoch) => {
      for (const of of ['augment', 'masks'] as const) {
        const share = plans.filter((plan) => plan[of].length > 0).length / plans.length;
        // Six deviations of the share of some hundred plans.
        expect(Math.abs(share - expected[epoch]), `${of} of epoch ${epoch}`).toBeLessThan(0.17);
        if (expected[epoch] % 1 === 0) expect(share).toBe(expected[epoch]);
      }
    });
    const mostJoined = epochs.map((plans) => Math.max(...plans.map((p) => p.pieces.length)));
    expect(mostJoined).toEqual([1, 2, 3, 4, 5, 5, 5]);
  });

  it('augments in full from the start where there is no ramp', () => {
    const plans = planEpoch(configOf({ steps: [{ kind: 'gain' }, { kind: 'specSub' }] }), recordings, 0, SPACE);
    for (const { augment, masks } of plans)
      expect([...augment, ...masks].map(({ kind }) => kind)).toEqual(['gain', 'specSub']);
  });

  it('repeats its first epochs up to the frames where they are cached, with masks of their own', () => {
    const augment = { steps: [{ kind: 'speed' }, { kind: 'specAugment' }], joinUtterances: { maximum: 2 } };
    const config = configOf(augment, {}, { folder: 'x', epochs: 2 });
    const [zero, one, two, three] = [0, 1, 2, 3].map((epoch) => planEpoch(config, recordings, epoch, SPACE));
    const unmasked = (plans: ExamplePlan[]) => plans.map(({ masks, ...rest }) => rest);
    expect([unmasked(two), unmasked(three)]).toEqual([unmasked(zero), unmasked(one)]);
    expect(unmasked(one)).not.toEqual(unmasked(zero));
    const masks = [zero, one, two, three].map((plans) => JSON.stringify(plans.map((plan) => plan.masks)));
    expect(new Set(masks).size).toBe(4);
    expect(zero.every((plan) => plan.cached)).toBe(true);
    const never = planEpoch(configOf(augment), recordings, 2, SPACE);
    expect(never.some((plan) => plan.cached)).toBe(false);
    expect(unmasked(never)).not.toEqual(unmasked(planEpoch(configOf(augment), recordings, 0, SPACE)));
  });
});

const planOf = (pieces: { recording: Recording; silenceBefore?: number }[], more: Partial<ExamplePlan> = {}) => {
  const samples = pieces.reduce((sum, { recording, silenceBefore = 0 }) => sum + recording.samples + silenceBefore, 0);
  const plan: ExamplePlan = {
    pieces: pieces.map((piece) => ({ silenceBefore: 0, speed: 1, ...piece })),
    augment: [],
    tail: TAIL,
    frames: Math.round((samples + TAIL) / 160),
    masks: [],
    labels: [2, 3],
    cached: false,
    ...more,
  };
  return plan;
};
const frameOf = (features: Float32Array, t: number) => features.subarray(t * MEL_BINS, (t + 1) * MEL_BINS);
const isSilent = (frame: Float32Array) => frame.every((v) => Math.abs(v - SILENCE) < 1e-3);
const loudestBin = (frame: Float32Array) => frame.indexOf(Math.max(...frame));
const withTail = (samples: Float32Array) => {
  const padded = new Float32Array(samples.length + TAIL);
  padded.set(samples);
  return padded;
};

describe('makeExample', () => {
  it('gives the same example for the same plan, and another for another seed', async () => {
    const plan = planOf([{ recording: recordings[3] }, { recording: recordings[5] }], {
      augment: [{ kind: 'whiteNoise', snrDb: 10, seed: 1 }],
    });
    const example = await makeExample(plan, { pools: {} });
    expect(await makeExample(plan, { pools: {} })).toEqual(example);
    const other = { ...plan, augment: [{ kind: 'whiteNoise', snrDb: 10, seed: 2 } as const] };
    expect((await makeExample(other, { pools: {} })).features).not.toEqual(example.features);
  });

  it('knows its length before it is made, whatever is done to it', async () => {
    const steps = [
      { kind: 'speed', factors: [0.87, 0.9, 1.1] },
      { kind: 'tempo' },
      { kind: 'simulatedRoom' },
      { kind: 'telephone' },
      { kind: 'opus' },
      { kind: 'specAugment' },
    ];
    const config = configOf({ steps, joinUtterances: { maximum: 2, gapSeconds: [0, 0.1] } });
    for (const plan of planEpoch(config, recordings.slice(0, 12), 0, SPACE)) {
      const { frames, features } = await makeExample(plan, { pools: {} });
      expect([frames, features.length]).toEqual([plan.frames, plan.frames * MEL_BINS]);
    }
  });

  it('is the frames of the recording and its tail of silence where the plan changes nothing', async () => {
    const { samples } = await loadPcm(manifest, recordings[1].utterance);
    const example = await makeExample(plainExample(configOf(), recordings[1]), { pools: {} });
    const features = fbank(withTail(samples));
    expect(example).toEqual({ features, frames: features.length / MEL_BINS, labels: recordings[1].labels });
    expect(await makeExample(planOf([{ recording: recordings[1] }]), { pools: {} })).toEqual({
      ...example,
      labels: [2, 3],
    });
  });

  it('hears all audio at one rate, cut to its segment', async () => {
    const name = await writeTone('44k.wav', 1000, 1, 44_100);
    const segment = recordingOf({ audio_filepath: name, offset: 0.5, duration: 0.25, text: '' });
    const { features } = await makeExample(planOf([{ recording: segment }]), { pools: {} });
    const { samples } = await loadPcm(manifest, segment.utterance);
    expect(features).toEqual(fbank(withTail(resample(samples, 44_100, SAMPLE_RATE).subarray(0, 4000))));
    const plain = fbank(sine(1000, 4000));
    expect(loudestBin(frameOf(features, 12))).toBe(loudestBin(frameOf(plain, 12)));
  });

  it('takes a duration that was rounded up as what its manifest says: the rest is silence', async () => {
    const name = await writeTone('rounded.wav', 500, 0.46);
    const recording = recordingOf({ audio_filepath: name, duration: 0.5, text: '' });
    const { features, frames } = await makeExample(planOf([{ recording }]), { pools: {} });
    expect(frames).toBe((8000 + TAIL) / 160);
    expect(isSilent(frameOf(features, 44))).toBe(false);
    expect(isSilent(frameOf(features, 48))).toBe(true);
  });

  it.each([
    ['AUR_MANIFEST_SEGMENT', 'one much shorter than its manifest says', { audio_filepath: '20.wav', duration: 1 }],
    ['AUR_MANIFEST_SEGMENT', 'a segment beyond its end', { audio_filepath: '20.wav', offset: 0.5, duration: 2 }],
    ['AUR_AUDIO_MISSING', 'one that is not there', { audio_filepath: 'gone.wav', duration: 0.5 }],
  ])('throws %s for %s', async (code, _, utterance) => {
    const plan = planOf([{ recording: recordingOf({ ...utterance, text: '' }) }]);
    await expect(makeExample(plan, { pools: {} })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(utterance.audio_filepath),
    });
  });

  it('puts silence before each piece and the tail after the last', async () => {
    const silence = 0.2 * SAMPLE_RATE;
    const pieces = [
      { recording: recordings[0], silenceBefore: silence },
      { recording: recordings[20], silenceBefore: silence },
    ];
    const { features, frames } = await makeExample(planOf(pieces), { pools: {} });
    const lengths = [silence, recordings[0].samples, silence, recordings[20].samples];
    let start = 0;
    const middles = lengths.map((length) => {
      start += length;
      return Math.round((start - length / 2) / 160);
    });
    expect(middles.map((t) => isSilent(frameOf(features, t)))).toEqual([true, false, true, false]);
    expect(isSilent(frameOf(features, frames - 1))).toBe(true);
    expect(frames).toBe(Math.round((start + TAIL) / 160));
    expect(loudestBin(frameOf(features, middles[3]))).toBeGreaterThan(loudestBin(frameOf(features, middles[1])));
  });

  it('plays faster, pitch and all, at a speed above 1', async () => {
    const recording = recordingOf({ audio_filepath: await writeTone('1k.wav', 1000, 1), duration: 1, text: '' });
    const plan = planOf([{ recording }], { augment: [{ kind: 'speed', factor: 1.25 }], frames: 104 });
    const { features } = await makeExample(plan, { pools: {} });
    const expected = fbank(withTail(sine(1250, 12_800)));
    expect(features.length).toBe(expected.length);
    expect(loudestBin(frameOf(features, 40))).toBe(loudestBin(frameOf(expected, 40)));
  });

  it('changes the level by decibels', async () => {
    const [plain, quieter] = await Promise.all(
      [0, -6].map(async (decibels) => {
        const plan = planOf([{ recording: recordings[6] }], { augment: [{ kind: 'gain', decibels }] });
        return frameOf((await makeExample(plan, { pools: {} })).features, 10);
      }),
    );
    const loudest = loudestBin(plain);
    expect(quieter[loudest] - plain[loudest]).toBeCloseTo(-0.6 * Math.LN10, 3);
  });

  it('adds noise at the ratio of the plan', async () => {
    const recording = recordingOf({ audio_filepath: await writeTone('noisy.wav', 1000, 1), duration: 1, text: '' });
    const energyOfQuietBin = async (snrDb: number) => {
      const plan = planOf([{ recording }], { augment: [{ kind: 'whiteNoise', snrDb, seed: 1 }] });
      const { features } = await makeExample(plan, { pools: {} });
      return Array.from({ length: 80 }, (_, t) => frameOf(features, 10 + t)[70]).reduce((a, b) => a + b) / 80;
    };
    expect((await energyOfQuietBin(10)) - (await energyOfQuietBin(20))).toBeCloseTo(Math.LN10, 1);
  });

  it('masks frames after all that changes samples', async () => {
    const plan = planOf([{ recording: recordings[9] }]);
    const plain = (await makeExample(plan, { pools: {} })).features;
    const options = { timeMasks: 1, maxTimeMask: 20, maxTimeFraction: 1, freqMasks: 0, maxFreqMask: 0, fill: 3 };
    const masked = (await makeExample({ ...plan, masks: [{ kind: 'specAugment', options, seed: 3 }] }, { pools: {} }))
      .features;
    const changed = masked.filter((v, i) => v !== plain[i]);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every((v) => v === 3)).toBe(true);
  });
});

describe('the feature cache', () => {
  let cache: FeatureCache;
  let opened = 0;
  const openCache = () => {
    cache?.close();
    cache = new FeatureCache(join(folder, 'cache'), `w${opened++}`, '1');
    return { pools: {}, cache };
  };
  afterAll(() => cache.close());

  it('gives the same example whether its frames are made or kept, masked each time anew', async () => {
    const recording = recordingOf({ audio_filepath: await writeTone('kept.wav', 700, 0.5), duration: 0.5, text: '' });
    const options = { timeMasks: 2, maxTimeMask: 20, maxTimeFraction: 1, freqMasks: 2, maxFreqMask: 9 };
    const plan = planOf([{ recording }], { cached: true, masks: [{ kind: 'specAugment', options, seed: 3 }] });
    const sources = openCache();
    const cold = await makeExample(plan, sources);
    const warm = await makeExample(plan, sources);
    await unlink(join(folder, 'kept.wav'));
    const reopened = await makeExample(plan, openCache());
    expect([warm, reopened]).toEqual([cold, cold]);
    const other = await makeExample({ ...plan, masks: [{ kind: 'specAugment', options, seed: 4 }] }, openCache());
    expect(other.features).not.toEqual(cold.features);
  });

  it('keeps nothing of an example whose plan does not want it', async () => {
    const sources = openCache();
    const { size } = sources.cache;
    await makeExample(plainExample(configOf({}, {}, { folder: 'x' }), recordings[0]), sources);
    expect(sources.cache.size).toBe(size);
  });

  it('never gives frames of other audio than the plan names, as after a manifest was edited', async () => {
    const plan = planOf([{ recording: recordings[12] }], { cached: true });
    const { utterance } = recordings[12];
    const twin = { ...utterance, audio_filepath: await writeTone('twin.wav', 450, utterance.duration) };
    const segment = { ...utterance, offset: 0.1, duration: 0.3 };
    const others = [
      planOf([{ recording: recordingOf(twin) }], { cached: true }),
      planOf([{ recording: recordingOf(segment) }], { cached: true }),
      planOf([{ recording: recordings[12], silenceBefore: 1600 }], { cached: true }),
      { ...plan, tail: TAIL + 1600, frames: plan.frames + 10 },
      { ...plan, augment: [{ kind: 'gain', decibels: -6 } as const] },
    ];
    const sources = openCache();
    for (const other of [plan, ...others]) {
      const made = await makeExample(other, sources);
      const { features } = await makeExample({ ...other, cached: false }, sources);
      expect(made.features.every((v, i) => Math.abs(v - features[i]) < 1e-3)).toBe(true);
      expect(made.features.length).toBe(features.length);
    }
  });
});

describe('labels', () => {
  it.each([
    ['as many as encoder frames', 0, [], true],
    ['one more', 1, [], false],
    ['equal neighbours, which need a blank between them', 0, [7, 7], false],
    ['equal neighbours with room for the blank', -1, [7, 7], true],
  ])('fit their frames or not: %s', (_, extra, equal, feasible) => {
    const frames = 74;
    const different = Array.from({ length: encoderFrames(frames, 4) + extra - equal.length }, (_, i) => 10 + (i % 2));
    expect(isFeasible({ frames, labels: [...different, ...equal] }, 4)).toBe(feasible);
  });
});

it('an encoder frame covers as many feature frames as the subsampling says or the rest of them', () => {
  const ofEach = (subsampling: number) => [0, 1, 4, 5, 8, 9].map((frames) => encoderFrames(frames, subsampling));
  expect([ofEach(4), ofEach(8)]).toEqual([
    [0, 1, 1, 2, 2, 3],
    [0, 1, 1, 1, 1, 2],
  ]);
});

describe('stored features', () => {
  it('are joined as they are, and the last frame fills what durations have more', async () => {
    const pieces = await Promise.all(
      [1, 2, 3].map(async (value) => {
        const file = `joined-${value}.npy`;
        await writeFile(join(folder, file), npyBytes(new Array(20).fill(value), '10, 2'));
        return {
          recording: recordingOf({ features_filepath: file, duration: 0.1, text: '' }),
          silenceBefore: 0,
          speed: 1,
        };
      }),
    );
    const plan: ExamplePlan = { pieces, augment: [], tail: 0, frames: 32, masks: [], labels: [2], cached: false };
    const { features } = await makeExample(plan, { pools: {} });
    const values = [...new Array(20).fill(1), ...new Array(20).fill(2), ...new Array(24).fill(3)];
    expect([...features]).toEqual(values);
  });
});
