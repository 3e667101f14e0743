/** A model that was trained before goes in, what a new run starts with comes out: its network, vocabulary and weights. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readBundle } from '@auricle/bundle';
import { decodeModel } from '@auricle/bundle/onnx';
import type { TokenTable } from '@auricle/decoding';
import { readWeights } from '../bridge/read-weights.js';
import { BLANK } from '../engine/objective.js';
import { trainingError } from '../errors.js';
import { MODEL_SIZES, type ModelConfig, type ModelSpec, parameterSpecs, placedParameters } from '../model/config.js';
import { initialWeights, joinPairs } from '../model/init.js';
import { loadNetwork } from './checkpoint.js';
import type { TrainConfig } from './config.js';

export interface Start {
  /** as the recipe names it */
  from: string;
  spec: ModelSpec;
  tokens: TokenTable;
  /** averaged ones, flat in the order of `parameterSpecs` */
  weights: Float32Array;
  /** what the network reads */
  features: string;
}

const unusable = (from: string, cause: Error) =>
  trainingError('AUR_TRAIN_START', { from, reason: cause.message }, { cause });

/** @param from a bundle's folder, whose float model is read (its int8 model where it has no other), or a checkpoint; relative to the working directory
 *  @throws AUR_TRAIN_START saying what is missing or wrong there */
export async function loadStart(from: string): Promise<Start> {
  const path = resolve(from);
  try {
    const found = await stat(path);
    const start = found.isDirectory() ? await startOfBundle(path) : await startOfCheckpoint(path);
    if (start.tokens.blankId !== BLANK)
      throw new Error(`its blank is token ${start.tokens.blankId}: expected ${BLANK}`);
    return { from, ...start };
  } catch (cause) {
    throw unusable(from, cause as Error);
  }
}

async function startOfBundle(dir: string): Promise<Omit<Start, 'from'>> {
  const precision = (await readdir(dir)).includes('model.onnx') ? 'float' : 'int8';
  const { modelPath, tokens } = await readBundle(dir, { precision });
  return { ...readWeights(decodeModel(await readFile(modelPath), modelPath)), tokens, features: 'fbank' };
}

async function startOfCheckpoint(path: string): Promise<Omit<Start, 'from'>> {
  const { spec, tokens, state, features } = await loadNetwork(path);
  return { spec, tokens, weights: state.average, features };
}

/** What must be the same for weights to mean the same. Left context and intermediate losses may change, last blocks may be left away, and
 *  encoder frames of 40 ms may be joined to 80 ms. */
const FIXED = ['melBins', 'width', 'heads', 'keyValueHeads', 'feedForward', 'convolution'] as const;
/** These layers are as wide as the vocabulary. */
const OF_VOCABULARY = /^(output|conditioning)\./;

/** The network of a start with what a recipe says of it. */
export function modelOfStart(from: ModelConfig, said: Partial<ModelConfig> = {}): object {
  const { size, ...sizes } = from;
  // A size by name counts less than a number beside it, but more than the start's.
  const named = typeof said.size === 'string' && Object.hasOwn(MODEL_SIZES, said.size) ? MODEL_SIZES[said.size] : {};
  return { ...sizes, ...named, ...said };
}

/** The weights that a run begins with: the start's, but for the layers that a new vocabulary begins anew.
 *  @returns flat, in the order of `parameterSpecs(spec)`
 *  @throws AUR_TRAIN_START_FITS naming the first setting that differs */
export function startingWeights(start: Start, spec: ModelSpec, { start: settings, data, seed }: TrainConfig) {
  const replaced = settings?.vocabulary === 'replace';
  const [theirs, ours] = [start.spec.config, spec.config];
  const differ = (key: string, seen: string | number | boolean, expected: string | number | boolean) =>
    trainingError('AUR_TRAIN_START_FITS', { from: start.from, key, seen, expected });
  if (start.features !== data.features) throw differ('data.features', start.features, data.features);
  for (const key of replaced ? FIXED : [...FIXED, 'selfConditioned' as const])
    if (theirs[key] !== ours[key]) throw differ(`model.${key}`, theirs[key], ours[key]);
  if (theirs.blocks < ours.blocks) throw differ('model.blocks', theirs.blocks, ours.blocks);
  if (theirs.subsampling > ours.subsampling) throw differ('model.subsampling', theirs.subsampling, ours.subsampling);
  const [theirLayers, ourLayers] = [theirs, ours].map(({ layers }) => JSON.stringify(layers ?? 'none'));
  if (theirLayers !== ourLayers) throw differ('model.layers', theirLayers, ourLayers);

  const specs = parameterSpecs(spec);
  const weights = initialWeights(specs, seed);
  const parts = partsOf(start.spec, start.weights);
  for (const { name, at, end } of placedParameters(specs)) {
    const kept = replaced && OF_VOCABULARY.test(name) ? undefined : parts.get(name);
    if (kept) weights.set(kept, at);
    else if (name === 'subsampling.third.weight') joinPairs(weights.subarray(at, end), ours.width);
  }
  return weights;
}

const partsOf = (spec: ModelSpec, flat: Float32Array) =>
  new Map(placedParameters(parameterSpecs(spec)).map(({ name, at, end }) => [name, flat.subarray(at, end)]));
