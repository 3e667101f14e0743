import {
  applyAugment,
  augmentedLength,
  augmentFrames,
  augmentPlan,
  augmentSchema,
  type PlannedStep,
  Random,
  simulateRoom,
} from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { decibels, power } from './measures.js';
import { burstsOfSpeech, EXTREMES, gaussian, RATE } from './signals.js';

const speech = { samples: burstsOfSpeech(0.7), sampleRate: RATE };
const response = simulateRoom({ size: [4, 3, 2.5], source: [1, 1, 1], microphone: [3, 2, 1], rt60Seconds: 0.2 }, RATE);
const pools = {
  noise: [1, 2, 3].map((seed) => ({ samples: gaussian(5000, seed), sampleRate: RATE })),
  roomResponses: [{ samples: response, sampleRate: RATE }],
};

/** Small rooms and few bits, for the time they take. */
const everything = augmentSchema.parse([
  { kind: 'speed' },
  { kind: 'tempo' },
  { kind: 'gain' },
  { kind: 'simulatedRoom', rt60Seconds: [0.1, 0.2] },
  { kind: 'recordedRoom', probability: 0.5 },
  { kind: 'noise' },
  { kind: 'whiteNoise', probability: 0.5 },
  { kind: 'clipping' },
  { kind: 'telephone', probability: 0.5 },
  { kind: 'opus', probability: 0.5 },
  { kind: 'specAugment' },
  { kind: 'specSub' },
]);

describe('applyAugment', () => {
  it('gives the same samples for the same plan, bit for bit, as many as planned, and leaves its arguments alone', async () => {
    const before = structuredClone({ speech, pools });
    for (let seed = 0; seed < 6; seed++) {
      const plan = augmentPlan(everything, new Random(seed));
      const once = await applyAugment(speech, plan, pools);
      const sent = JSON.parse(JSON.stringify(plan)) as PlannedStep[];
      expect(await applyAugment(structuredClone(speech), sent, structuredClone(pools))).toEqual(once);
      expect(once.samples).toHaveLength(augmentedLength(speech.samples.length, RATE, plan));
    }
    expect({ speech, pools }).toEqual(before);
  });

  const alone = everything.filter(({ kind }) => !kind.startsWith('spec'));
  it.each(alone)('does $kind alone', async (settings) => {
    const plan = augmentPlan([{ ...settings, probability: 1 }], new Random(4));
    const { samples } = await applyAugment(speech, plan, pools);
    const same = samples.length === speech.samples.length && samples.every((value, i) => value === speech.samples[i]);
    expect(same).toBe(settings.kind === 'speed' && 'factor' in plan[0] && plan[0].factor === 1);
    expect(Math.abs(decibels(power(samples) / power(speech.samples)))).toBeLessThan(10);
  });

  it.each(EXTREMES)('gives numbers within [-1, 1] for %s, whatever the steps', async (_, samples) => {
    for (let seed = 0; seed < 4; seed++) {
      const plan = augmentPlan(everything, new Random(seed));
      const { samples: out } = await applyAugment({ samples, sampleRate: RATE }, plan, pools);
      expect(out).toHaveLength(augmentedLength(samples.length, RATE, plan));
      expect(out.every((value) => Number.isFinite(value) && Math.abs(value) <= 1)).toBe(true);
    }
  });

  it('brings all samples down together where noise drives some beyond full scale', async () => {
    const loud = { samples: speech.samples.map((value) => Math.max(-1, Math.min(1, value * 5))), sampleRate: RATE };
    const { samples } = await applyAugment(loud, [{ kind: 'noise', snrDb: 0, seed: 1 }], pools);
    expect(Math.max(...samples.map(Math.abs))).toBeCloseTo(1, 5);
    expect(samples.filter((value) => Math.abs(value) > 0.999).length).toBeLessThan(3);
  });

  it('changes nothing without steps, and no samples stay none', async () => {
    expect(await applyAugment(speech, [])).toBe(speech);
    const none = { samples: new Float32Array(0), sampleRate: RATE };
    expect((await applyAugment(none, augmentPlan(everything, new Random(1)), pools)).samples).toHaveLength(0);
  });

  it('takes every recording of the pool in turn of the seeds', async () => {
    const marked = [0.25, 0.5, 1].map((value) => ({ samples: Float32Array.of(value), sampleRate: RATE }));
    const silentNoise = { samples: new Float32Array(10), sampleRate: RATE };
    const touched = await Promise.all(
      marked.map(async (_, index) => {
        // All but one are silent and change nothing.
        const noise = marked.map((recording, i) => (i === index ? recording : silentNoise));
        const seeds = Array.from({ length: 30 }, (__, seed) => seed);
        const results = await Promise.all(
          seeds.map((seed) => applyAugment(speech, [{ kind: 'noise', snrDb: 10, seed }], { noise })),
        );
        return results.filter(({ samples }) => samples !== speech.samples).length;
      }),
    );
    expect(touched.reduce((sum, count) => sum + count, 0)).toBe(30);
    expect(Math.min(...touched)).toBeGreaterThan(0);
  });

  it.each<[string, string, object, RegExp]>([
    ['noise', 'AUR_AUGMENT_POOL', {}, /noise: holds no recording/],
    ['recordedRoom', 'AUR_AUGMENT_POOL', { roomResponses: [] }, /roomResponses: holds no recording/],
    ['noise', 'AUR_AUGMENT_POOL', { noise: [{ samples: new Float32Array(0), sampleRate: RATE }] }, /noise\[0\]/],
    ['noise', 'AUR_AUGMENT_RATE', { noise: [{ samples: gaussian(9), sampleRate: 8000 }] }, /noise\[0\]: 8000 Hz/],
  ])('refuses %s without what it needs: %s', async (kind, code, given, message) => {
    const plan = augmentPlan(augmentSchema.parse([{ kind }]), new Random(1));
    await expect(applyAugment(speech, plan, given)).rejects.toThrow(expect.objectContaining({ code }));
    await expect(applyAugment(speech, plan, given)).rejects.toThrow(message);
  });
});

describe('augmentFrames', () => {
  const BINS = 8;
  const ramp = () => Float32Array.from({ length: 100 * BINS }, (_, i) => i);

  it('does what is planned for frames, in place, the same for the same plan', () => {
    const plan = augmentPlan(everything, new Random(2));
    const [frames, again] = [ramp(), ramp()];
    augmentFrames(frames, 90, BINS, plan);
    augmentFrames(again, 90, BINS, plan);
    expect(frames).toEqual(again);
    expect(frames).not.toEqual(ramp());
    expect(frames.subarray(90 * BINS)).toEqual(ramp().subarray(90 * BINS));
  });

  it('leaves frames alone where nothing is planned for them', () => {
    const frames = ramp();
    augmentFrames(frames, 100, BINS, [{ kind: 'gain', decibels: 3 }, { kind: 'telephone' }]);
    expect(frames).toEqual(ramp());
  });
});
