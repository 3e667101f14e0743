/** A streaming graph and padded features go in, each chunk's results come out: the graph run as a server would, several streams side by side. */
import { encodeModel, type OnnxModel } from '@auricle/bundle/onnx';
import * as ort from 'onnxruntime-node';
import type { Example } from '../data/example.js';
import { SILENCE } from '../data/example.js';
import { type ModelSpec, SUBSAMPLING } from '../model/config.js';
import { cacheShapes } from './streaming-graph.js';

/** Features of examples side by side, padded with digital silence to whole chunks.
 *  @returns row-major [batch, frames, melBins] and the number of chunks */
export function padToChunks(examples: readonly Example[], melBins: number, chunk: number) {
  const window = chunk * SUBSAMPLING;
  const chunks = Math.ceil(Math.max(...examples.map((e) => e.frames)) / window);
  const features = new Float32Array(examples.length * chunks * window * melBins).fill(SILENCE);
  examples.forEach((e, row) => {
    features.set(e.features, row * chunks * window * melBins);
  });
  return { features, chunks };
}

/** Runs the graph chunk by chunk with the caches of the chunk before.
 *  @param features row-major [batch, chunks · window, melBins]
 *  @param onChunk gets every output of the graph by name */
export async function streamBatch(
  model: OnnxModel,
  spec: ModelSpec,
  chunk: number,
  { features, chunks }: { features: Float32Array; chunks: number },
  onChunk: (outputs: ort.InferenceSession.OnnxValueMapType, index: number) => void,
): Promise<void> {
  const { melBins } = spec.config;
  const window = chunk * SUBSAMPLING;
  const frames = chunks * window;
  const batch = features.length / (frames * melBins);
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 });
  const shapes = cacheShapes(spec);
  const zeros = (dims: number[]) => new ort.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
  const counts = (value: number) => new ort.Tensor('int64', new BigInt64Array(batch).fill(BigInt(value)), [batch]);
  let channel: ort.Tensor = zeros([batch, ...shapes.channel]);
  let time: ort.Tensor = zeros([batch, ...shapes.time]);
  for (let c = 0; c < chunks; c++) {
    const signal = new Float32Array(batch * melBins * window);
    for (let b = 0; b < batch; b++)
      for (let t = 0; t < window; t++)
        for (let m = 0; m < melBins; m++)
          signal[(b * melBins + m) * window + t] = features[(b * frames + c * window + t) * melBins + m];
    const outputs = await session.run({
      audio_signal: new ort.Tensor('float32', signal, [batch, melBins, window]),
      length: counts(window),
      cache_last_channel: channel,
      cache_last_time: time,
      cache_last_channel_len: counts(c * chunk),
    });
    channel = outputs.cache_last_channel_next as ort.Tensor;
    time = outputs.cache_last_time_next as ort.Tensor;
    onChunk(outputs, c);
  }
  await session.release();
}
