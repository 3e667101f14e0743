/** A checkpoint goes in, a model bundle comes out: streaming graph, tokens and description, parity-checked before anything is written. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BundleDescription, vocabularyKind, writeBundle } from '@auricle/bundle';
import { encodeModel, type OnnxModel } from '@auricle/bundle/onnx';
import { spaceToken } from '@auricle/decoding';
import { loadCorpus } from '../data/corpus.js';
import { type Example, type ExamplePlan, FRAMES_PER_SECOND, plainExample, planEpoch } from '../data/example.js';
import { ExampleLoader } from '../data/loader.js';
import { OnnxEngine } from '../engine/onnx-engine.js';
import { trainingError } from '../errors.js';
import type { Checkpoint } from '../loop/checkpoint.js';
import { manifestPaths, type TrainConfig } from '../loop/config.js';
import { parameterCount, parameterSpecs, SUBSAMPLING } from '../model/config.js';
import { parityDifference } from './parity.js';
import { calibrate, quantise } from './quantise.js';
import { streamingGraph } from './streaming-graph.js';

/** Largest difference of a log-prob that an export may have, as `parityDifference` measures it. */
export const PARITY = 1e-4;
/** So many dev recordings are streamed through the graph before it is written. */
const PARITY_RECORDINGS = 50;
/** As many at a time, to bound the memory. */
const PARITY_BATCH = 10;
/** So many augmented training examples give the ranges for int8. */
const CALIBRATION_EXAMPLES = 128;

export interface ExportOptions {
  /** encoder frames (40 ms) a chunk */
  chunk: number;
  int8: boolean;
}

export interface ExportReport {
  dir: string;
  parity: number;
  /** file name -> bytes */
  files: Record<string, number>;
  description: BundleDescription;
}

/** Exports the averaged weights of a checkpoint.
 *  @throws AUR_EXPORT_FEATURES, AUR_EXPORT_CHUNK, AUR_EXPORT_PARITY (nothing is written then) */
export async function exportBundle(
  checkpoint: Checkpoint,
  dir: string,
  { chunk, int8 }: ExportOptions,
): Promise<ExportReport> {
  const { spec, config, tokens, state, progress } = checkpoint;
  const { leftContext } = config.model;
  if (config.data.features === 'stored') throw trainingError('AUR_EXPORT_FEATURES', {});
  if (leftContext % chunk !== 0) throw trainingError('AUR_EXPORT_CHUNK', { chunk, leftContext });
  const model = streamingGraph(spec, state.average, chunk);
  const parity = await checkParity(model, checkpoint, chunk);

  await mkdir(dir, { recursive: true });
  const models: Record<string, OnnxModel> = { 'model.onnx': model };
  if (int8) models['model.int8.onnx'] = quantise(model, await calibrateOnTraining(model, checkpoint, chunk)).model;
  const files: Record<string, number> = {};
  for (const [name, graph] of Object.entries(models)) {
    const bytes = encodeModel(graph);
    await writeFile(join(dir, `${name}.partial`), bytes);
    await rename(join(dir, `${name}.partial`), join(dir, name));
    files[name] = bytes.length;
  }
  const frames = chunk * SUBSAMPLING;
  const description = await writeBundle(
    dir,
    {
      version: 1,
      name: config.name,
      language: config.language,
      chunkFrames: frames,
      chunkShift: frames,
      subsampling: SUBSAMPLING,
      vocabulary: { kind: vocabularyKind(tokens), size: tokens.symbols.length - 1 },
      leftContextFrames: leftContext,
      tailSeconds: config.data.tailSeconds,
      training: {
        parameters: parameterCount(parameterSpecs(spec)),
        epochs: progress.epoch,
        steps: state.step,
        seed: config.seed,
        chunkMilliseconds: (frames * 1000) / FRAMES_PER_SECOND,
      },
      results: { devWordErrorRate: progress.bestErrorRate },
    },
    tokens,
  );
  return { dir, parity, files, description };
}

async function checkParity(
  model: OnnxModel,
  { spec, config, tokens, state }: Checkpoint,
  chunk: number,
): Promise<number> {
  const { recordings } = await loadCorpus(manifestPaths(config.data.dev), tokens, config.batches.maximumSeconds);
  const tested = await examplesOf(
    { ...config, augment: { ...config.augment, steps: [] } },
    recordings.slice(0, PARITY_RECORDINGS).map((r) => plainExample(config, r)),
  );
  const engine = new OnnxEngine(spec, config, state);
  let difference = tested.length > 0 ? 0 : Number.POSITIVE_INFINITY;
  for (let at = 0; at < tested.length; at += PARITY_BATCH) {
    const part = await parityDifference(model, engine, chunk, tested.slice(at, at + PARITY_BATCH));
    difference = Math.max(difference, part);
  }
  await engine.close();
  if (!(difference <= PARITY)) throw trainingError('AUR_EXPORT_PARITY', { difference, allowed: PARITY });
  return difference;
}

/** Ranges of the activations over augmented training audio: dev and test splits have no part in the model. */
async function calibrateOnTraining(model: OnnxModel, { spec, config, tokens }: Checkpoint, chunk: number) {
  const { recordings } = await loadCorpus(manifestPaths(config.data.train), tokens, config.batches.maximumSeconds);
  const plans = planEpoch(config, recordings, config.epochs, spaceToken(tokens)).slice(0, CALIBRATION_EXAMPLES);
  return calibrate(model, spec, chunk, await examplesOf(config, plans));
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
