/** TensorFlow's package for Node goes in, if `npm run setup:tensorflow` has put it here; its TF.js backend comes out. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { KernelBackend, Tensor, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { trainingError } from '../errors.js';
import type { Precision, Provider } from './engine.js';

/** Name of the backend that the package registers with TF.js. */
export const TENSORFLOW_BACKEND = 'tensorflow';

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];
/** Where the setup of this checkout installs. */
const SETUP_FOLDER = join(import.meta.dirname, '../../../.cache/tensorflow');

/** A tensor that TensorFlow holds; `dtype` counts as TensorFlow does. */
export interface NativeTensor {
  id: number;
  shape: number[];
  dtype: number;
}

export interface NativeAttribute {
  name: string;
  type: number;
  value: unknown;
}

/** The part of the package's backend that runs TensorFlow's own operators, those among them that TF.js lacks. */
export interface TensorflowBackend extends KernelBackend {
  readonly isUsingGpuDevice: boolean;
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_BOOL: number;
    executeOp(name: string, attributes: NativeAttribute[], inputs: number[], outputs: number): NativeTensor[];
    deleteTensor(id: number): void;
  };
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(native: NativeTensor): Tensor;
}

let loaded: TensorflowBackend | undefined;

/** Loads the package at its first use. A process has one TensorFlow: the first use decides whether it sees GPUs, and the precision of its products.
 *  @throws AUR_ENGINE_MISSING */
export function loadTensorflow(provider: Provider, precision: Precision = 'float32'): TensorflowBackend {
  const command = provider === 'cuda' ? 'npm run setup:tensorflow -- --gpu' : 'npm run setup:tensorflow';
  const missing = (reason: string, cause?: unknown) => {
    const names = { engine: `tensorflow on ${provider}`, reason, remedy: `install it by: ${command}` };
    return trainingError('AUR_ENGINE_MISSING', names, { cause });
  };
  if (!loaded) {
    const path = packagePath();
    if (!path) throw missing(`none of ${PACKAGES.join(', ')} is installed`);
    try {
      loaded = loadFrom(path, provider, precision);
    } catch (cause) {
      throw missing((cause as Error).message.trim(), cause);
    }
  }
  if (provider === 'cuda' && !loaded.isUsingGpuDevice) throw missing('TensorFlow sees no GPU');
  return loaded;
}

/** In the folder that AURICLE_TENSORFLOW names; without it, where the setup put the package, or else where Node itself finds one. */
function packagePath(): string | undefined {
  const named = process.env.AURICLE_TENSORFLOW;
  for (const base of named ? [resolve(named)] : [SETUP_FOLDER, import.meta.dirname])
    for (const name of PACKAGES)
      try {
        return createRequire(join(base, 'from.js')).resolve(name);
      } catch {
        // The next place.
      }
  return undefined;
}

function loadFrom(path: string, provider: Provider, precision: Precision): TensorflowBackend {
  const require = createRequire(path);
  // The package calls functions of `util` that Node 23 dropped.
  const util = require('node:util');
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  // Warnings and errors only, unless the user asks for more.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1';
  if (provider === 'cpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
  // oneDNN, which multiplies matrices for TensorFlow, then rounds factors to bfloat16 and sums in float32.
  if (precision === 'bfloat16') process.env.ONEDNN_DEFAULT_FPMATH_MODE = 'BF16';
  const before = tf.getBackend();
  // TF.js would warn that it runs in Node already.
  const production = tf.env().getBool('PROD');
  tf.env().set('PROD', true);
  try {
    require(path);
    return tf.findBackend(TENSORFLOW_BACKEND) as TensorflowBackend;
  } finally {
    tf.env().set('PROD', production);
    if (before) tf.setBackend(before);
  }
}

/** Runs `body` with TF.js on TensorFlow. Synchronous: TF.js's current backend is global. */
export function onTensorflow<T>(body: () => T): T {
  const before = tf.getBackend();
  tf.setBackend(TENSORFLOW_BACKEND);
  try {
    return body();
  } finally {
    if (before) tf.setBackend(before);
  }
}
