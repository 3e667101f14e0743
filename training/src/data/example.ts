/** Recordings and a seed go in, one augmented training example (frames and labels) comes out. */
import { fbank, frameCount, resample } from '@auricle/audio';
import { addWhiteNoise, concatenate, forkSeed, gain, Random, specAugment } from '@auricle/datasets';
import type { TrainConfig } from '../loop/config.js';
import { SUBSAMPLING } from '../model/config.js';
import { ctcFeasible } from '../operators/ctc-loss.js';
import { type Recording, SAMPLE_RATE, toFloat } from './corpus.js';

/** log-mel energy of digital silence: the log of Kaldi's energy floor, which pads every batch. */
export const SILENCE = Math.log(1.1920928955078125e-7);
export const FRAMES_PER_SECOND = 100;

/** What an example will be made of, drawn before any audio is touched, so that its length is known. */
export interface ExamplePlan {
  pieces: { recording: number; speed: number; silenceBefore: number }[];
  seed: number;
  /** of noise and masks, from 0 to 1 */
  strength: number;
  frames: number;
  labels: number[];
}

/** Share of the full augmentation in an epoch: it grows linearly over `augment.rampEpochs`. */
const augmentStrength = ({ augment }: TrainConfig, epoch: number) =>
  epoch >= augment.rampEpochs ? 1 : epoch / augment.rampEpochs;

export interface Example {
  /** row-major [frames, melBins] */
  features: Float32Array;
  frames: number;
  labels: number[];
  /** False when the labels do not fit the frames: the example is skipped and counted. */
  feasible: boolean;
}

/** Encoder frames that `frames` feature frames give. */
export const encoderFrames = (frames: number) => Math.ceil(frames / SUBSAMPLING);

/** Groups an epoch's utterances into examples, each recording once.
 *  @param space the token between joined utterances' words, if the vocabulary has one */
export function planEpoch(
  config: TrainConfig,
  recordings: readonly Recording[],
  epoch: number,
  space: number | undefined,
): ExamplePlan[] {
  const random = new Random(forkSeed(config.seed, epoch));
  const order = random.shuffle(recordings.map((_, i) => i));
  const { speed: speeds, joinUtterances } = config.augment;
  const longest = config.batches.maximumSeconds * SAMPLE_RATE;
  const strength = augmentStrength(config, epoch);
  const most = 1 + Math.floor((joinUtterances.maximum - 1) * strength);
  const plans: ExamplePlan[] = [];
  for (let at = 0; at < order.length; ) {
    const wanted = random.integer(1, most);
    const pieces: ExamplePlan['pieces'] = [];
    let samples = Math.round(config.data.tailSeconds * SAMPLE_RATE);
    while (at < order.length && pieces.length < wanted) {
      // Whole percents, so that a few resampling filters serve all.
      const speed = Math.round(between(random, speeds) * 100) / 100;
      const silence = between(random, pieces.length === 0 ? joinUtterances.leadSeconds : joinUtterances.gapSeconds);
      const silenceBefore = Math.round(silence * SAMPLE_RATE);
      const more = silenceBefore + Math.ceil(recordings[order[at]].samples.length / speed);
      if (pieces.length > 0 && samples + more > longest) break;
      samples += more;
      pieces.push({ recording: order[at++], speed, silenceBefore });
    }
    const labels = pieces.flatMap(({ recording }, i) =>
      i > 0 && space !== undefined ? [space, ...recordings[recording].labels] : recordings[recording].labels,
    );
    plans.push({
      pieces,
      strength,
      seed: forkSeed(config.seed, epoch, plans.length),
      frames: frameCount(samples),
      labels,
    });
  }
  return plans;
}

const between = (random: Random, [low, high]: readonly [number, number]) => low + (high - low) * random.uniform();

/** Makes a planned example: speed, join, loudness, noise, tail of silence, frames, SpecAugment. The same plan gives the same example. */
export function makeExample(config: TrainConfig, recordings: readonly Recording[], plan: ExamplePlan): Example {
  const random = new Random(plan.seed);
  const { augment } = config;
  const parts = plan.pieces.flatMap(({ recording, speed, silenceBefore }) => [
    new Float32Array(silenceBefore),
    resample(toFloat(recordings[recording].samples), Math.round(SAMPLE_RATE * speed), SAMPLE_RATE),
  ]);
  let samples = gain(concatenate(parts), between(random, augment.gainDb));
  if (random.uniform() < augment.noise.probability * plan.strength)
    samples = addWhiteNoise(samples, between(random, augment.noise.snrDb), random);
  const example = frameExample(config, samples, plan.labels);
  if (random.uniform() < plan.strength)
    specAugment(example.features, example.frames, config.model.melBins, augment.specAugment, random);
  return example;
}

/** Frames of samples and their tail of silence, without augmentation. */
export function frameExample(config: TrainConfig, samples: Float32Array, labels: number[]): Example {
  const tail = new Float32Array(Math.round(config.data.tailSeconds * SAMPLE_RATE));
  const features = fbank(concatenate([samples, tail]));
  const frames = features.length / config.model.melBins;
  return { features, frames, labels, feasible: ctcFeasible(labels, encoderFrames(frames)) };
}
