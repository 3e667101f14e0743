/** An utterance, a plan and pools of noise and room responses go in, the augmented utterance comes out. */
import type { Pcm } from '@auricle/audio';
import { datasetError } from '../errors.js';
import { Random } from '../random.js';
import { clip, gain, peak } from './gain.js';
import { addNoise, whiteNoise } from './noise.js';
import { opusRoundTrip } from './opus-round-trip.js';
import type { AugmentPlan, PlannedStep } from './plan.js';
import { reverberate } from './reverberate.js';
import { simulateRoom } from './room.js';
import { specAugment } from './spec-augment.js';
import { specSub } from './spec-sub.js';
import { speed } from './speed.js';
import { telephone } from './telephone.js';
import { tempo } from './tempo.js';
import { warpVocalTract } from './vocal-tract.js';

/** Recordings at the utterances' sample rate. Several threads share them when their samples lie in a SharedArrayBuffer. */
export interface AugmentPools {
  noise?: readonly Pcm[];
  /** impulse responses */
  roomResponses?: readonly Pcm[];
}

/** Does the plan's steps that change samples. The same plan gives the same samples, bit for bit.
 *  @returns `augmentedLength` samples; if any lies beyond [-1, 1] all are brought down. The argument's own where no step changes it.
 *  @throws AUR_AUGMENT_POOL when a step's pool has nothing in it, AUR_AUGMENT_RATE when a recording of it has another sample rate */
export async function applyAugment(pcm: Pcm, plan: AugmentPlan, pools: AugmentPools = {}): Promise<Pcm> {
  let changed = pcm;
  // No effect has anything to hold on to in no samples.
  if (pcm.samples.length === 0) return pcm;
  for (const step of plan) changed = await applyStep(changed, step, pools);
  return changed.samples === pcm.samples ? pcm : withinFullScale(changed);
}

async function applyStep(pcm: Pcm, step: PlannedStep, pools: AugmentPools): Promise<Pcm> {
  const { samples, sampleRate } = pcm;
  switch (step.kind) {
    case 'speed':
      return speed(pcm, step.factor);
    case 'tempo':
      return tempo(pcm, step.factor);
    case 'gain':
      return { samples: gain(samples, step.decibels), sampleRate };
    case 'clipping':
      return { samples: clip(samples, step.decibels), sampleRate };
    case 'noise': {
      const random = new Random(step.seed);
      return addNoise(pcm, pick('noise', pools.noise, sampleRate, random), step.snrDb, random);
    }
    case 'whiteNoise':
      return addNoise(pcm, whiteNoise(), step.snrDb, new Random(step.seed));
    case 'simulatedRoom':
      return reverberate(pcm, simulateRoom(step.room, sampleRate), 0);
    case 'recordedRoom':
      return reverberate(pcm, pick('roomResponses', pools.roomResponses, sampleRate, new Random(step.seed)));
    case 'telephone':
      return telephone(pcm);
    case 'opus':
      return opusRoundTrip(pcm, step.bitsPerSecond);
    case 'stretch':
    case 'vocalTract':
    case 'specAugment':
    case 'specSub':
      return pcm;
  }
}

function pick(name: string, pool: readonly Pcm[] | undefined, sampleRate: number, random: Random): Float32Array {
  if (!pool || pool.length === 0) throw datasetError('AUR_AUGMENT_POOL', { name, seen: 'no recording' });
  const index = random.integer(0, pool.length - 1);
  const recording = pool[index];
  if (recording.sampleRate !== sampleRate)
    throw datasetError('AUR_AUGMENT_RATE', {
      name: `${name}[${index}]`,
      seen: recording.sampleRate,
      expected: sampleRate,
    });
  if (recording.samples.length === 0)
    throw datasetError('AUR_AUGMENT_POOL', { name: `${name}[${index}]`, seen: 'no samples' });
  return recording.samples;
}

function withinFullScale({ samples, sampleRate }: Pcm): Pcm {
  const highest = peak(samples);
  return highest > 1 ? { samples: gain(samples, -20 * Math.log10(highest)), sampleRate } : { samples, sampleRate };
}

/** Does the plan's steps that change frames, in place.
 *  @param frames row-major [frameCount, melBins]; what lies beyond is left alone */
export function augmentFrames(frames: Float32Array, frameCount: number, melBins: number, plan: AugmentPlan): void {
  for (const step of plan)
    if (step.kind === 'vocalTract') warpVocalTract(frames, frameCount, melBins, step.warp);
    else if (step.kind === 'specAugment') specAugment(frames, frameCount, melBins, step.options, new Random(step.seed));
    else if (step.kind === 'specSub') specSub(frames, frameCount, melBins, step.options, new Random(step.seed));
}
