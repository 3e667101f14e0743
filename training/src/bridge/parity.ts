/** A streaming graph and the training forward of the same weights go in, their largest difference on real audio comes out. */
import { encodeModel, type OnnxModel } from '@auricle/bundle/onnx';
import * as ort from 'onnxruntime-node';
import { type Recording, toFloat } from '../data/corpus.js';
import { frameExample, SILENCE } from '../data/example.js';
import type { TrainingEngine } from '../engine/engine.js';
import type { TrainConfig } from '../loop/config.js';
import { SUBSAMPLING } from '../model/config.js';
import { cacheShapes } from './streaming-graph.js';

/** Streams recordings through the graph chunk by chunk, several side by side, and compares every log-prob with the training forward.
 *  @returns the largest absolute difference */
export async function parityDifference(
  model: OnnxModel,
  engine: TrainingEngine,
  config: TrainConfig,
  chunk: number,
  recordings: readonly Recording[],
): Promise<number> {
  const { melBins } = config.model;
  const window = chunk * SUBSAMPLING;
  const examples = recordings.map((r) => frameExample(config, toFloat(r.samples), r.labels));
  const batch = examples.length;
  const chunks = Math.ceil(Math.max(...examples.map((e) => e.frames)) / window);
  const frames = chunks * window;
  const features = new Float32Array(batch * frames * melBins).fill(SILENCE);
  examples.forEach((e, row) => {
    features.set(e.features, row * frames * melBins);
  });
  const expected = await engine.logProbs(features, batch, chunk);
  const session = await ort.InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 });
  const shapes = cacheShapes(engine.spec);
  const zeros = (dims: number[]) => new ort.Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
  const counts = (value: number) => new ort.Tensor('int64', new BigInt64Array(batch).fill(BigInt(value)), [batch]);
  let channel: ort.Tensor = zeros([batch, ...shapes.channel]);
  let time: ort.Tensor = zeros([batch, ...shapes.time]);
  let difference = 0;
  const row = engine.spec.vocabulary;
  for (let c = 0; c < chunks; c++) {
    const signal = new Float32Array(batch * melBins * window);
    for (let b = 0; b < batch; b++)
      for (let t = 0; t < window; t++)
        for (let m = 0; m < melBins; m++)
          signal[(b * melBins + m) * window + t] = features[(b * frames + c * window + t) * melBins + m];
    const result = await session.run({
      audio_signal: new ort.Tensor('float32', signal, [batch, melBins, window]),
      length: counts(window),
      cache_last_channel: channel,
      cache_last_time: time,
      cache_last_channel_len: counts(c * chunk),
    });
    channel = result.cache_last_channel_next;
    time = result.cache_last_time_next;
    const logProbs = result.logprobs.data as Float32Array;
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < chunk * row; i++) {
        const whole = expected[(b * chunks * chunk + c * chunk) * row + i];
        difference = Math.max(difference, Math.abs(logProbs[b * chunk * row + i] - whole));
      }
  }
  await session.release();
  return difference;
}
