/** Recordings and a seed go in, the plans of an epoch's examples come out; a plan goes in, one augmented training example comes out. */
import { createHash } from 'node:crypto';
import { fbank, frameCount, type Pcm, resample } from '@auricle/audio';
import {
  type AugmentPlan,
  type AugmentPools,
  type AugmentSettings,
  applyAugment,
  augmentedLength,
  augmentFrames,
  augmentPlan,
  changesFrames,
  type FeatureCache,
  forkSeed,
  loadFeatures,
  loadPcm,
  Random,
  resolvePath,
  speedLength,
  stretchFrames,
} from '@auricle/datasets';
import type { TrainConfig } from '../loop/config.js';
import { ctcFeasible } from '../operators/ctc-feasible.js';
import { type Recording, SAMPLE_RATE } from './corpus.js';

/** log-mel energy of digital silence: the log of Kaldi's energy floor, which pads every batch. */
export const SILENCE = Math.log(1.1920928955078125e-7);
export const FRAMES_PER_SECOND = 100;

/** One recording of an example. */
export interface Piece {
  recording: Pick<Recording, 'manifest' | 'utterance' | 'samples'>;
  /** samples */
  silenceBefore: number;
  /** times as fast as it was spoken */
  speed: number;
}

/** What an example will be made of, drawn before any audio is touched, so that its length is known. Plain data: it travels to other threads. */
export interface ExamplePlan {
  pieces: Piece[];
  /** of the joined samples, or of stored features before masks */
  augment: AugmentPlan;
  /** digital silence at the end (samples) */
  tail: number;
  frames: number;
  /** of the frames */
  masks: AugmentPlan;
  /** of the same frames, for a second view of the example */
  secondMasks?: AugmentPlan;
  labels: number[];
  /** whether a feature cache keeps the frames as they are before masks */
  cached: boolean;
}

export interface Example {
  /** row-major [frames, melBins] */
  features: Float32Array;
  /** the same with other masks, where two views are wanted */
  secondView?: Float32Array;
  frames: number;
  labels: number[];
}

/** What making examples needs besides their plans. */
export interface ExampleSources {
  pools: AugmentPools;
  cache?: FeatureCache;
}

/** Encoder frames that `frames` feature frames give. */
export const encoderFrames = (frames: number, subsampling: number) => Math.ceil(frames / subsampling);

/** False when no path of the labels fits the frames: such an example is skipped and counted. */
export const isFeasible = ({ labels, frames }: Pick<Example, 'labels' | 'frames'>, subsampling: number) =>
  ctcFeasible(labels, encoderFrames(frames, subsampling));

/** Samples of the tail of silence. */
const tailSamples = ({ data }: TrainConfig) => Math.round(data.tailSeconds * SAMPLE_RATE);

/** Share of the full augmentation in an epoch: it grows linearly over `augment.rampEpochs`. */
const augmentStrength = ({ augment }: TrainConfig, epoch: number) =>
  epoch >= augment.rampEpochs ? 1 : epoch / augment.rampEpochs;

const atStrength = (steps: AugmentSettings, strength: number): AugmentSettings =>
  steps.map((step) => ({ ...step, probability: step.probability * strength }));

/** Groups an epoch's utterances into examples, each recording once. Where a feature cache is used, epochs beyond its own repeat their
 *  examples up to the frames, with masks of their own.
 *  @param space the token between joined utterances' words, if the vocabulary has one */
export function planEpoch(
  config: TrainConfig,
  recordings: readonly Recording[],
  epoch: number,
  space: number | undefined,
): ExamplePlan[] {
  const { steps, joinUtterances } = config.augment;
  const { featureCache } = config.data;
  const audioEpoch = featureCache ? epoch % featureCache.epochs : epoch;
  const random = new Random(forkSeed(config.seed, audioEpoch));
  const order = random.shuffle(recordings.map((_, i) => i));
  const longest = config.batches.maximumSeconds * SAMPLE_RATE;
  const strength = augmentStrength(config, epoch);
  const [speedSteps, sampleSteps] = speedFirst(steps.filter((step) => !changesFrames(step)));
  const onPieces = atStrength(speedSteps, strength);
  const onSamples = atStrength(sampleSteps, strength);
  const onFrames = atStrength(steps.filter(changesFrames), strength);
  const most = 1 + Math.floor((joinUtterances.maximum - 1) * strength);
  const tail = tailSamples(config);
  const twoViews = config.loss.consistencyWeight > 0;
  const plans: ExamplePlan[] = [];
  for (let at = 0; at < order.length; ) {
    const wanted = random.integer(1, most);
    const chosen: Recording[] = [];
    const pieces: ExamplePlan['pieces'] = [];
    let samples = 0;
    while (at < order.length && pieces.length < wanted) {
      const recording = recordings[order[at]];
      const silence = between(random, pieces.length === 0 ? joinUtterances.leadSeconds : joinUtterances.gapSeconds);
      const silenceBefore = Math.round(silence * SAMPLE_RATE);
      const speed = speedOf(augmentPlan(onPieces, new Random(forkSeed(config.seed, audioEpoch, at, 2))));
      const length = silenceBefore + pieceLength(recording.samples, speed);
      if (pieces.length > 0 && samples + length + tail > longest) break;
      samples += length;
      chosen.push(recording);
      pieces.push({ recording: withoutLabels(recording), silenceBefore, speed });
      at++;
    }
    const augment = augmentPlan(onSamples, new Random(forkSeed(config.seed, audioEpoch, plans.length)));
    const masks = (view: number) => augmentPlan(onFrames, new Random(forkSeed(config.seed, epoch, plans.length, view)));
    plans.push({
      pieces,
      augment,
      tail,
      frames: frameCount(augmentedLength(samples, SAMPLE_RATE, augment) + tail),
      masks: masks(1),
      ...(twoViews ? { secondMasks: masks(2) } : {}),
      labels: chosen.flatMap(({ labels }, i) => (i > 0 && space !== undefined ? [space, ...labels] : labels)),
      cached: featureCache !== undefined,
    });
  }
  return plans;
}

/** A speed that comes first is drawn for each piece: voices in one example then change apart from each other, and it costs nothing, for it
 *  is one resampling with that to the model's rate. */
const speedFirst = (steps: AugmentSettings): [AugmentSettings, AugmentSettings] =>
  steps[0]?.kind === 'speed' ? [steps.slice(0, 1), steps.slice(1)] : [[], steps];

const speedOf = ([step]: AugmentPlan) => (step?.kind === 'speed' ? step.factor : 1);

const pieceLength = (samples: number, speed: number) =>
  speed === 1 ? samples : speedLength(samples, SAMPLE_RATE, speed);

/** A recording as it is, with the tail of silence. */
export function plainExample(config: TrainConfig, recording: Recording): ExamplePlan {
  const tail = tailSamples(config);
  return {
    pieces: [{ recording: withoutLabels(recording), silenceBefore: 0, speed: 1 }],
    augment: [],
    tail,
    frames: frameCount(recording.samples + tail),
    masks: [],
    labels: recording.labels,
    cached: false,
  };
}

const withoutLabels = ({ manifest, utterance, samples }: Recording) => ({ manifest, utterance, samples });
const between = (random: Random, [low, high]: readonly [number, number]) => low + (high - low) * random.uniform();

/** Makes a planned example: join, augment, tail of silence, frames, masks. The same plan gives the same example.
 *  @throws AUR_AUDIO_…, AUR_MANIFEST_SEGMENT, AUR_NPY_… for a recording that is not what its manifest says */
export async function makeExample(plan: ExamplePlan, sources: ExampleSources): Promise<Example> {
  const { frames, masks, secondMasks, labels } = plan;
  const features = await featuresOf(plan, sources);
  const bins = features.length / frames;
  const secondView = secondMasks && features.slice();
  if (secondView) augmentFrames(secondView, frames, bins, secondMasks);
  augmentFrames(features, frames, bins, masks);
  return { features, secondView, frames, labels };
}

async function featuresOf(plan: ExamplePlan, { pools, cache }: ExampleSources): Promise<Float32Array> {
  if (!plan.cached || !cache) return makeFeatures(plan, pools);
  const key = cacheKey(plan);
  return cache.read(key) ?? cache.write(key, await makeFeatures(plan, pools));
}

/** Of all that the frames depend on besides the cache's version, so that no edited manifest gives them the labels of others.
 *  A file is taken to hold what it held. */
function cacheKey({ pieces, augment, tail }: ExamplePlan): string {
  const audio = pieces.map(({ recording: { manifest, utterance, samples }, silenceBefore, speed }) => [
    resolvePath(manifest, utterance),
    utterance.offset,
    samples,
    silenceBefore,
    speed,
  ]);
  return createHash('sha256')
    .update(JSON.stringify([audio, augment, tail]))
    .digest('base64url');
}

async function makeFeatures(plan: ExamplePlan, pools: AugmentPools): Promise<Float32Array> {
  const { pieces, augment, tail } = plan;
  const [first] = pieces;
  if (first.recording.utterance.audio_filepath === undefined) return storedFeatures(plan);
  const pieceSamples = ({ recording, speed }: Piece) => pieceLength(recording.samples, speed);
  const length = pieces.reduce((sum, piece) => sum + piece.silenceBefore + pieceSamples(piece), 0);
  const joined: Pcm = { samples: new Float32Array(length), sampleRate: SAMPLE_RATE };
  let at = 0;
  for (const piece of pieces) {
    at += piece.silenceBefore;
    joined.samples.set(await samplesOf(piece), at);
    at += pieceSamples(piece);
  }
  const { samples } = await applyAugment(joined, augment, pools);
  const padded = new Float32Array(samples.length + tail);
  padded.set(samples);
  return fbank(padded);
}

/** At most as many samples as are planned; what a rounded duration lacks at the end is silence. */
async function samplesOf({ recording: { manifest, utterance, samples }, speed }: Piece): Promise<Float32Array> {
  const pcm = await loadPcm(manifest, utterance);
  const played = Math.round(pcm.sampleRate * speed);
  return resample(pcm.samples, played, SAMPLE_RATE).subarray(0, pieceLength(samples, speed));
}

/** Features of another kind, from their files, joined, played faster or slower; what a rounded duration lacks repeats the last frame. */
async function storedFeatures({ pieces, augment, frames }: ExamplePlan): Promise<Float32Array> {
  const stored = await Promise.all(
    pieces.map(({ recording: { manifest, utterance } }) => loadFeatures(manifest, utterance)),
  );
  const [{ columns }] = stored;
  const joined = new Float32Array(stored.reduce((sum, { values }) => sum + values.length, 0));
  let at = 0;
  for (const { values } of stored) {
    joined.set(values, at);
    at += values.length;
  }
  const stretched = augment.reduce<Float32Array>(
    (seen, step) => (step.kind === 'stretch' ? stretchFrames(seen, columns, step.factor) : seen),
    joined,
  );
  const features = new Float32Array(frames * columns);
  features.set(stretched.subarray(0, features.length));
  repeatLastFrame(features, Math.min(features.length, stretched.length), columns);
  return features;
}

/** Fills what comes after `used` values with the frame before. */
export function repeatLastFrame(features: Float32Array, used: number, bins: number): void {
  for (let at = used; at < features.length; at += bins) features.copyWithin(at, used - bins, used);
}
