/** Settings and a random source go in, what will be done to one utterance comes out, before any audio is touched. */
import { forkSeed, Random } from '../random.js';
import { between } from './ranges.js';
import { drawRoom, type ReverberantRoom } from './room.js';
import type { AugmentSettings } from './settings.js';
import type { SpecAugmentOptions } from './spec-augment.js';
import type { SpecSubOptions } from './spec-sub.js';
import { speedLength } from './speed.js';
import { tempoLength } from './tempo.js';

/** One augmentation with everything drawn; seeds decide the rest once the pools and the frames are there. Plain data. */
export type PlannedStep =
  | { kind: 'speed' | 'tempo' | 'stretch'; factor: number }
  | { kind: 'vocalTract'; warp: number }
  | { kind: 'gain' | 'clipping'; decibels: number }
  | { kind: 'noise' | 'whiteNoise'; snrDb: number; seed: number }
  | { kind: 'simulatedRoom'; room: ReverberantRoom }
  | { kind: 'recordedRoom'; seed: number }
  | { kind: 'telephone' }
  | { kind: 'opus'; bitsPerSecond: number }
  | { kind: 'specAugment'; options: SpecAugmentOptions; seed: number }
  | { kind: 'specSub'; options: SpecSubOptions; seed: number };

export type AugmentPlan = readonly PlannedStep[];

/** Each step draws from a random source of its own, so that one's settings do not change what the others draw. */
export function augmentPlan(settings: AugmentSettings, random: Random): AugmentPlan {
  return settings.flatMap((step) => {
    const seed = random.integer(0, 2 ** 32 - 1);
    const own = new Random(seed);
    return own.uniform() < step.probability ? [drawStep(step, own, forkSeed(seed, 1))] : [];
  });
}

function drawStep(step: AugmentSettings[number], random: Random, seed: number): PlannedStep {
  const { kind } = step;
  switch (kind) {
    case 'speed':
      return { kind, factor: step.factors[random.integer(0, step.factors.length - 1)] };
    case 'tempo':
    case 'stretch':
      return { kind, factor: between(random, step.factor) };
    case 'vocalTract':
      return { kind, warp: between(random, step.warp) };
    case 'gain':
    case 'clipping':
      return { kind, decibels: between(random, step.decibels) };
    case 'noise':
    case 'whiteNoise':
      return { kind, snrDb: between(random, step.snrDb), seed };
    case 'simulatedRoom':
      return { kind, room: drawRoom(step, random) };
    case 'recordedRoom':
      return { kind, seed };
    case 'telephone':
      return { kind };
    case 'opus':
      return { kind, bitsPerSecond: Math.round(between(random, step.bitsPerSecond)) };
    case 'specAugment': {
      const { kind: _, probability: __, ...options } = step;
      return { kind, options, seed };
    }
    case 'specSub': {
      const { kind: _, probability: __, ...options } = step;
      return { kind, options, seed };
    }
  }
}

/** Samples that `applyAugment` makes of so many.
 *  @param sampleRate Hz */
export function augmentedLength(length: number, sampleRate: number, plan: AugmentPlan): number {
  return plan.reduce((samples, step) => {
    if (step.kind === 'speed') return speedLength(samples, sampleRate, step.factor);
    if (step.kind === 'tempo' || step.kind === 'stretch') return tempoLength(samples, step.factor);
    return samples;
  }, length);
}
