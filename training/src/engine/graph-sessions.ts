/** Functions and the shapes of their inputs go in, ONNX Runtime's sessions of the traced graphs come out; the least used are released. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { encodeModel, type OnnxGraph, type OnnxModel } from '@auricle/bundle/onnx';
import type * as tf from '@tensorflow/tfjs';
import * as ort from 'onnxruntime-node';
import { trainingError } from '../errors.js';
import { CTC_SCOPE } from '../tracing/kernels/ctc-loss.js';
import type { TapeOptions } from '../tracing/tape.js';
import { type InputSpec, trace } from '../tracing/trace.js';
import type { Provider } from './engine.js';

const SESSION: ort.InferenceSession.SessionOptions = {
  intraOpNumThreads: availableParallelism(),
  // With arenas each batch shape would keep its own gigabytes.
  enableCpuMemArena: false,
  enableMemPattern: false,
  // Threads that sleep as soon as they wait come too late to most operators; those that spin on and on, also when a run is over, take the
  // cores from the loader and from whatever else runs on the machine.
  extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '500' }, force_spinning_stop: '1' } },
  // What a provider leaves to the CPU is no news.
  logSeverityLevel: 3,
};

/** WebGPU would leave these products to the CPU. */
const OPERATORS: Record<Provider, TapeOptions> = { cpu: {}, cuda: {}, webgpu: { fusedProducts: false } };

export class GraphSessions {
  private readonly sessions = new Map<string, Promise<ort.InferenceSession>>();

  /** @param limit so many graphs are kept; each holds some memory, and costs seconds to make again */
  constructor(
    private readonly provider: Provider,
    private readonly limit: number,
  ) {}

  /** Runs the graph of that name, traced at its first use. Calls must not overlap.
   *  @returns the values of an output by its name */
  async run<Names extends string>(
    name: string,
    feeds: Record<Names, ort.Tensor>,
    body: (tensors: Record<Names, tf.Tensor>) => Record<string, tf.TensorInfo>,
  ): Promise<(output: string) => Float32Array> {
    const session =
      this.sessions.get(name) ??
      openSession(trace(name, inputsLike(feeds), body, OPERATORS[this.provider]), this.provider);
    // The newest use is last.
    this.sessions.delete(name);
    this.sessions.set(name, session);
    const [oldest] = this.sessions.keys();
    if (this.sessions.size > this.limit) await this.release(oldest);
    const outputs = await (await session).run(feeds);
    return (output) => outputs[output].data as Float32Array;
  }

  async close(): Promise<void> {
    for (const name of [...this.sessions.keys()]) await this.release(name);
  }

  private async release(name: string): Promise<void> {
    const session = this.sessions.get(name);
    this.sessions.delete(name);
    await (await session)?.release();
  }
}

function openSession(model: OnnxModel, provider: Provider): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(encodeModel(model), {
    ...SESSION,
    executionProviders: provider === 'cpu' ? ['cpu'] : [providerOptions(model, provider), 'cpu'],
  });
}

function providerOptions({ graph }: OnnxModel, provider: Provider): ort.InferenceSession.ExecutionProviderConfig {
  if (provider !== 'webgpu') return provider;
  // The loops of CTC are on the CPU in any case; their steps, a few thousand numbers each, would be sent to the device and back frame by
  // frame, and its shaders are free to lose infinite values.
  const onCpu = nodeNames(graph).filter((name) => name.split('/').includes(CTC_SCOPE));
  return onCpu.length > 0 ? { name: 'webgpu', forceCpuNodeNames: onCpu } : 'webgpu';
}

/** Those in the bodies of loops too. */
function nodeNames(graph: OnnxGraph): string[] {
  return graph.nodes.flatMap(({ name, attributes }) => [
    name,
    ...Object.values(attributes).flatMap((a) => ('graph' in a ? nodeNames(a.graph) : [])),
  ]);
}

const inputsLike = <Names extends string>(feeds: Record<Names, ort.Tensor>) =>
  Object.fromEntries(
    Object.entries<ort.Tensor>(feeds).map(([name, t]) => [
      name,
      { shape: [...t.dims], type: t.type as InputSpec['type'] },
    ]),
  ) as Record<Names, InputSpec>;

/** Tries the provider on the smallest of graphs.
 *  @throws AUR_ENGINE_MISSING naming what installs it */
export async function requireProvider(provider: Provider): Promise<void> {
  if (provider === 'cpu') return;
  const missing = (reason: string, cause?: unknown) =>
    trainingError(
      'AUR_ENGINE_MISSING',
      { engine: `onnx on ${provider}`, reason, remedy: REMEDIES[provider] },
      { cause },
    );
  if (provider === 'cuda' && !existsSync(cudaLibrary())) throw missing(`${cudaLibrary()} is not there`);
  const model = trace('probe', { x: { shape: [1], type: 'float32' } }, ({ x }) => ({ y: x.neg() }));
  try {
    await (await openSession(model, provider)).release();
  } catch (cause) {
    throw missing((cause as Error).message.trim(), cause);
  }
}

const REMEDIES: Record<Exclude<Provider, 'cpu'>, string> = {
  webgpu:
    'it needs a GPU with its Vulkan driver; in software: VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json (of Debian’s chromium)',
  cuda: 'install it by: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12; it needs CUDA 12 and cuDNN 9',
};

/** Where the package's installer puts the provider, which is not part of the package. */
function cudaLibrary(): string {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node');
  const folder = join(dirname(main), '../bin/napi-v6', process.platform, process.arch);
  return join(
    folder,
    `${process.platform === 'win32' ? '' : 'lib'}onnxruntime_providers_cuda.${process.platform === 'win32' ? 'dll' : 'so'}`,
  );
}
