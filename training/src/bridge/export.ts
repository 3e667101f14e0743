/** A checkpoint goes in, a model bundle comes out: streaming graph, tokens and description, parity-checked before anything is written. */
import { type BundleDescription, vocabularyKind, writeBundle } from '@auricle/bundle';
import type { OnnxModel } from '@auricle/bundle/onnx';
import { spaceToken } from '@auricle/decoding';
import { loadCorpus } from '../data/corpus.js';
import { type Example, type ExamplePlan, FRAMES_PER_SECOND, planEpoch } from '../data/example.js';
import { ExampleLoader } from '../data/loader.js';
import { OnnxEngine } from '../engine/onnx-engine.js';
import { trainingError } from '../errors.js';
import type { Checkpoint } from '../loop/checkpoint.js';
import { manifestPaths, type TrainConfig } from '../loop/config.js';
import { type ModelSpec, parameterCount, parameterSpecs } from '../model/config.js';
import { hearTwice, parityDifference } from './parity.js';
import { type Quantised, quantise } from './quantise.js';
import { streamingGraph } from './streaming-graph.js';
import { utteranceGraph } from './utterance-graph.js';
import { utteranceParity } from './utterance-parity.js';
import { writeModels } from './write-models.js';

/** Largest difference of a log-prob that an export may have, as `parityDifference` measures it. */
export const PARITY = 1e-4;
/** So many dev recordings are streamed through the graph before it is written. */
const PARITY_RECORDINGS = 50;
/** As many at a time, to bound the memory. */
const PARITY_BATCH = 10;
/** So many augmented training examples give the ranges for int8. */
const CALIBRATION_EXAMPLES = 128;

export interface ExportOptions {
  /** encoder frames a chunk; `full`: whole utterances */
  chunk: number | 'full';
  /** encoder frames before the chunk that attention sees; a multiple of the chunk (default: what the network was trained with) */
  leftContext?: number;
  int8: boolean;
}

export interface ExportReport {
  dir: string;
  parity: number;
  /** file name -> bytes */
  files: Record<string, number>;
  description: BundleDescription;
  /** whether the network was trained with such chunks */
  trained: boolean;
  /** what int8 costs */
  int8?: Omit<Quantised, 'model'>;
}

/** Exports the averaged weights of a checkpoint.
 *  @throws AUR_EXPORT_FEATURES, AUR_EXPORT_CHUNK, AUR_EXPORT_PARITY (nothing is written then) */
export async function exportBundle(
  checkpoint: Checkpoint,
  dir: string,
  { chunk, int8, leftContext = checkpoint.spec.config.leftContext }: ExportOptions,
): Promise<ExportReport> {
  const { config, tokens, state, progress } = checkpoint;
  const { integers, ...trained } = checkpoint.spec;
  const spec: ModelSpec = { ...trained, config: { ...trained.config, leftContext } };
  if (config.data.features === 'stored') throw trainingError('AUR_EXPORT_FEATURES', {});
  const full = chunk === 'full';
  const { subsampling } = spec.config;
  if (!full && !(Number.isInteger(chunk) && leftContext % chunk === 0))
    throw trainingError('AUR_EXPORT_CHUNK', { chunk, leftContext });
  const { maximumSeconds, chunks } = config.batches;
  const longest = Math.ceil((maximumSeconds + config.data.tailSeconds) * FRAMES_PER_SECOND);
  const model = full ? utteranceGraph(spec, state.average, longest) : streamingGraph(spec, state.average, chunk);
  const parity = await checkParity(model, { ...checkpoint, spec }, chunk);
  const models: Record<string, OnnxModel> = { 'model.onnx': model };
  const cost = int8
    ? await quantise(model, { method: 'static', examples: await trainingExamples(checkpoint), integers })
    : undefined;
  if (cost) models['model.int8.onnx'] = cost.model;

  const files = await writeModels(dir, models);
  const frames = full ? longest : chunk * subsampling;
  const description = await writeBundle(
    dir,
    {
      version: 1,
      name: config.name,
      language: config.language,
      chunkFrames: frames,
      chunkShift: frames,
      subsampling,
      vocabulary: { kind: vocabularyKind(tokens), size: tokens.symbols.length - 1 },
      ...(!full && { leftContextFrames: leftContext }),
      tailSeconds: config.data.tailSeconds,
      training: {
        parameters: parameterCount(parameterSpecs(spec)),
        epochs: progress.epoch,
        steps: state.step,
        seed: config.seed,
        chunkMilliseconds: full ? 'full' : (frames * 1000) / FRAMES_PER_SECOND,
      },
      results: { devWordErrorRate: progress.bestErrorRate },
    },
    tokens,
  );
  return { dir, parity, files, description, trained: chunks.includes(chunk), ...(cost && { int8: cost }) };
}

async function checkParity(
  model: OnnxModel,
  { spec, config, tokens, state }: Checkpoint,
  chunk: number | 'full',
): Promise<number> {
  const { recordings } = await loadCorpus(manifestPaths(config.data.dev), tokens, config.batches.maximumSeconds);
  const tested = recordings.slice(0, PARITY_RECORDINGS);
  const engine = new OnnxEngine(spec, config, state);
  let difference = tested.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  try {
    for (let at = 0; at < tested.length; at += PARITY_BATCH) {
      const heard = tested
        .slice(at, at + PARITY_BATCH)
        .map((recording, i) => hearTwice(recording, config.data.tailSeconds, spec.config.melBins, at + i));
      const part =
        chunk === 'full'
          ? utteranceParity(model, engine, await Promise.all(heard))
          : parityDifference(model, engine, chunk, await Promise.all(heard), at);
      difference = Math.max(difference, await part);
    }
  } finally {
    await engine.close();
  }
  if (!(difference <= PARITY)) throw trainingError('AUR_EXPORT_PARITY', { difference, allowed: PARITY });
  return difference;
}

/** Augmented training audio for the ranges of activations: dev and test splits have no part in the model. */
async function trainingExamples({ config, tokens }: Checkpoint): Promise<Example[]> {
  const { recordings } = await loadCorpus(manifestPaths(config.data.train), tokens, config.batches.maximumSeconds);
  const plans = planEpoch(config, recordings, config.epochs, spaceToken(tokens)).slice(0, CALIBRATION_EXAMPLES);
  return examplesOf(config, plans);
}

async function examplesOf({ data, ...config }: TrainConfig, plans: readonly ExamplePlan[]): Promise<Example[]> {
  // The feature cache is the training run's: an export neither needs nor makes it.
  const loader = await ExampleLoader.open({ ...config, data: { ...data, featureCache: undefined } });
  try {
    const { made } = await loader.examples(plans);
    return made.filter((example) => example !== undefined);
  } finally {
    await loader.close();
  }
}
