/** A bundle with a float model goes in, one with a smaller model comes out beside it. */
import { copyFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readBundle, writeBundle } from '@auricle/bundle';
import { decodeModel } from '@auricle/bundle/onnx';
import { trainingError } from '../errors.js';
import { manifestFrames } from './manifest-frames.js';
import { type Method, type Quantised, type QuantiseOptions, quantise } from './quantise.js';
import { hearsWhole, melBinsOf } from './run-examples.js';
import { writeModels } from './write-models.js';

/** So many utterances give ranges and losses. */
const UTTERANCES = 64;

/** Of the interfaces that audio is run by here. */
const WHOLE = ['vocab_size'];
const STREAMING = ['chunk_shift', 'vocab_size', 'cache_last_channel_dim1', 'cache_last_time_dim1'];

export interface QuantiseBundleOptions extends Pick<QuantiseOptions, 'reducedRange' | 'mostDivergence'> {
  method: Method;
  /** audio to measure ranges and losses on; never a test split */
  calibration: readonly string[];
}

export interface QuantiseReport extends Omit<Quantised, 'model'> {
  method: Method;
  /** of the float model, bytes */
  before: number;
  /** of the new one */
  after: number;
  file: string;
}

/** Integer models are `model.int8.onnx`, which servers prefer; one of 16-bit floats is `model.onnx`. What was done is kept in bundle.json.
 *  @throws AUR_BUNDLE_…, AUR_ONNX_…, AUR_QUANTISE_AUDIO, AUR_QUANTISE_MODEL when nothing in the model can be quantised */
export async function quantiseBundle(
  dir: string,
  out: string,
  { calibration, ...options }: QuantiseBundleOptions,
): Promise<QuantiseReport> {
  const { modelPath, description, tokens } = await readBundle(dir, { precision: 'float' });
  const bytes = await readFile(modelPath);
  const model = decodeModel(bytes, modelPath);
  const lacking = (hearsWhole(model) ? WHOLE : STREAMING).find((key) => model.metadata[key] === undefined);
  if (lacking !== undefined)
    throw trainingError('AUR_QUANTISE_MODEL', {
      file: modelPath,
      reason: `its metadata have no ${lacking}: expected the interface of an online NeMo CTC model`,
    });
  const examples = await manifestFrames(calibration, UTTERANCES, description.tailSeconds, melBinsOf(model));
  const { model: smaller, ...cost } = await quantise(model, { ...options, examples });
  if (smaller.graph.nodes.length === model.graph.nodes.length && options.method !== 'fp16' && cost.divergence === 0)
    throw trainingError('AUR_QUANTISE_MODEL', {
      file: modelPath,
      reason: 'none of its products has a constant matrix',
    });
  const file = options.method === 'fp16' ? 'model.onnx' : 'model.int8.onnx';
  const files = await writeModels(out, { [file]: smaller });
  const { method, reducedRange = false } = options;
  const quantised = { method, reducedRange, keptInFloat: cost.kept, divergence: cost.divergence };
  const { languageModel } = description;
  if (languageModel && resolve(dir) !== resolve(out))
    await copyFile(join(dir, languageModel.file), join(out, languageModel.file));
  await writeBundle(out, { ...description, training: { ...description.training, quantised } }, tokens);
  return { ...cost, method, before: bytes.length, after: files[file], file };
}
