/** The list of augmentations in a recipe: its schema, with what each one's settings mean and their defaults. */
import { z } from 'zod';
import { BITS_PER_SECOND } from './opus-round-trip.js';
import { rangeSchema } from './ranges.js';
import { RT60_SECONDS, SIDE_METRES } from './room.js';
import { specAugmentSchema } from './spec-augment.js';
import { specSubSchema } from './spec-sub.js';
import { WARPS } from './vocal-tract.js';

const common = {
  probability: z.number().min(0).max(1).default(1).describe('share of the utterances that it changes'),
};
const factor = z.number().min(0.5).max(2);
const snrDb = rangeSchema(-20, 100, 'active speech over noise (dB)');

const onSamples = [
  z.strictObject({
    kind: z.literal('speed'),
    ...common,
    factors: z.array(factor).min(1).default([0.9, 1, 1.1]).describe('times as fast, pitch and all; one is drawn'),
  }),
  z.strictObject({
    kind: z.literal('tempo'),
    ...common,
    factor: rangeSchema(0.5, 2, 'times as fast, at the same pitch').default([0.9, 1.1]),
  }),
  z.strictObject({
    kind: z.literal('gain'),
    ...common,
    decibels: rangeSchema(
      -60,
      60,
      'change of level; where that leaves [-1, 1], the whole is brought down to it',
    ).default([-9, 3]),
  }),
  z.strictObject({
    kind: z.literal('noise').describe('recordings of noise, from the pool'),
    ...common,
    snrDb: snrDb.default([5, 30]),
  }),
  z.strictObject({
    kind: z.literal('whiteNoise'),
    ...common,
    snrDb: snrDb.default([10, 40]),
  }),
  z.strictObject({
    kind: z.literal('simulatedRoom'),
    ...common,
    sideMetres: rangeSchema(...SIDE_METRES, 'length and width of the room (m)').default([3, 8]),
    heightMetres: rangeSchema(...SIDE_METRES, 'its height (m)').default([2.4, 4]),
    rt60Seconds: rangeSchema(...RT60_SECONDS, 'time in which its sound fades by 60 dB (s)').default([0.15, 0.6]),
  }),
  z.strictObject({
    kind: z.literal('recordedRoom').describe('recorded impulse responses, from the pool'),
    ...common,
  }),
  z.strictObject({ kind: z.literal('telephone').describe('300-3400 Hz and mu-law at 8 kHz'), ...common }),
  z.strictObject({
    kind: z.literal('opus').describe('coded and decoded'),
    ...common,
    bitsPerSecond: rangeSchema(...BITS_PER_SECOND, 'bit/s').default([8000, 32_000]),
  }),
  z.strictObject({
    kind: z.literal('clipping'),
    ...common,
    decibels: rangeSchema(0, 40, 'the cut below the highest sample').default([3, 15]),
  }),
  z.strictObject({
    kind: z.literal('stretch').describe('frames of stored features, in place of speed'),
    ...common,
    factor: rangeSchema(0.5, 2, 'times as fast').default([0.9, 1.1]),
  }),
] as const;

const onFrames = [
  z.strictObject({
    kind: z.literal('vocalTract').describe('log-mel frames of a shorter or a longer vocal tract; audio only'),
    ...common,
    warp: rangeSchema(...WARPS, 'times as high').default([0.9, 1.1]),
  }),
  specAugmentSchema.extend({ kind: z.literal('specAugment'), ...common }),
  specSubSchema.extend({ kind: z.literal('specSub'), ...common }),
] as const;

const FRAME_KINDS: readonly string[] = onFrames.map(({ shape }) => shape.kind.value);

/** What is done to an utterance, in this order; what changes frames comes after what changes samples. */
export const augmentSchema = z
  .array(z.discriminatedUnion('kind', [...onSamples, ...onFrames]))
  .superRefine((steps, context) => {
    steps.forEach(({ kind }, i) => {
      if (i > 0 && !FRAME_KINDS.includes(kind) && FRAME_KINDS.includes(steps[i - 1].kind))
        context.addIssue({
          code: 'custom',
          path: [i, 'kind'],
          message: `${kind} changes samples: expected before ${steps[i - 1].kind}, which changes frames`,
        });
    });
  });

export type AugmentSettings = z.infer<typeof augmentSchema>;

/** Whether a step changes frames, not samples. */
export const changesFrames = ({ kind }: AugmentSettings[number]): boolean => FRAME_KINDS.includes(kind);
