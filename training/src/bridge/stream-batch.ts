/** A streaming model and padded features go in, each chunk's results come out: the graph run as a server would, several streams side by side. */
import { encodeModel, type OnnxModel } from '@auricle/bundle/onnx';
import * as ort from 'onnxruntime-node';
import { type Example, SILENCE } from '../data/example.js';

const SESSION: ort.InferenceSession.SessionOptions = {
  logSeverityLevel: 3,
  // Threads that spin while they wait would take the cores from whatever else runs.
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/** A session that computes as a server would. */
export const openSession = (model: OnnxModel): Promise<ort.InferenceSession> =>
  ort.InferenceSession.create(encodeModel(model), SESSION);

/** Sizes that a streaming model's inputs and metadata tell. */
export interface StreamSizes {
  melBins: number;
  /** feature frames a run takes */
  window: number;
  /** feature frames between two runs */
  shift: number;
  /** of a stream's part of the caches */
  channel: number[];
  time: number[];
}

export function streamSizes({ graph, metadata }: OnnxModel): StreamSizes {
  const [audio, , channel, time] = graph.inputs.map(({ dims }) => dims.slice(1).map(Number));
  const [melBins, window] = audio;
  return { melBins, window, shift: Number(metadata.chunk_shift), channel, time };
}

/** Features side by side. */
export interface PaddedFeatures {
  /** row-major [batch, frames, melBins] */
  features: Float32Array;
  batch: number;
  chunks: number;
}

/** Pads examples with digital silence to whole chunks of the model. */
export function padToChunks(
  examples: readonly Pick<Example, 'features' | 'frames'>[],
  { melBins, window, shift }: StreamSizes,
): PaddedFeatures {
  const chunks = Math.ceil(Math.max(...examples.map((e) => e.frames)) / shift);
  const row = ((chunks - 1) * shift + window) * melBins;
  const features = new Float32Array(examples.length * row).fill(SILENCE);
  examples.forEach((e, at) => {
    features.set(e.features.subarray(0, e.frames * melBins), at * row);
  });
  return { features, batch: examples.length, chunks };
}

/** Runs the graph chunk by chunk with the caches of the chunk before.
 *  @param onChunk gets every output of the graph by name
 *  @param resetBefore chunks before which every stream begins anew, in mid-audio */
export async function streamBatch(
  model: OnnxModel,
  { features, batch, chunks }: PaddedFeatures,
  onChunk: (outputs: ort.InferenceSession.OnnxValueMapType, index: number) => void,
  resetBefore: ReadonlySet<number> = new Set(),
): Promise<void> {
  const { melBins, window, shift, channel: channelDims, time: timeDims } = streamSizes(model);
  const frames = features.length / (batch * melBins);
  const inputs = model.graph.inputs.map(({ name }) => name);
  const outputs = model.graph.outputs.map(({ name }) => name);
  const session = await openSession(model);
  const zeros = (dims: number[]) =>
    new ort.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, batch)), [batch, ...dims]);
  const counts = (value: number) => new ort.Tensor('int64', new BigInt64Array(batch).fill(BigInt(value)), [batch]);
  const start = (): ort.Tensor[] => [zeros(channelDims), zeros(timeDims), counts(0)];
  let caches = start();
  try {
    for (let c = 0; c < chunks; c++) {
      if (resetBefore.has(c)) caches = start();
      const signal = new Float32Array(batch * melBins * window);
      for (let b = 0; b < batch; b++)
        for (let t = 0; t < window; t++)
          for (let m = 0; m < melBins; m++)
            signal[(b * melBins + m) * window + t] = features[(b * frames + c * shift + t) * melBins + m];
      const values = [new ort.Tensor('float32', signal, [batch, melBins, window]), counts(window), ...caches];
      const results = await session.run(Object.fromEntries(inputs.map((name, i) => [name, values[i]])));
      caches = outputs.slice(2, 5).map((name) => results[name] as ort.Tensor);
      onChunk(results, c);
    }
  } finally {
    await session.release();
  }
}
