/** A model of either interface and examples go in, the outputs of all its runs come out: streamed side by side, or each as a whole. */
import type { OnnxModel } from '@auricle/bundle/onnx';
import * as ort from 'onnxruntime-node';
import type { Example } from '../data/example.js';
import { openSession, padToChunks, streamBatch, streamSizes } from './stream-batch.js';

/** Streams side by side: where ranges are those of a batch, they are to be those of a batch in service. */
const BATCH = 16;

type Frames = Pick<Example, 'features' | 'frames'>;

/** Whether a model takes whole utterances, as `utteranceGraph` makes it. */
export const hearsWhole = ({ graph }: OnnxModel): boolean => graph.inputs.length === 2;

export const melBinsOf = (model: OnnxModel): number => Number(model.graph.inputs[0].dims[hearsWhole(model) ? 2 : 1]);

/** @param onRun gets every output of the graph by name */
export async function runExamples(
  model: OnnxModel,
  examples: readonly Frames[],
  onRun: (outputs: ort.InferenceSession.OnnxValueMapType) => void,
): Promise<void> {
  if (hearsWhole(model)) return runWhole(model, examples, onRun);
  for (let at = 0; at < examples.length; at += BATCH)
    await streamBatch(model, padToChunks(examples.slice(at, at + BATCH), streamSizes(model)), onRun);
}

async function runWhole(
  model: OnnxModel,
  examples: readonly Frames[],
  onRun: (outputs: ort.InferenceSession.OnnxValueMapType) => void,
): Promise<void> {
  const melBins = melBinsOf(model);
  const session = await openSession(model);
  try {
    for (const { features, frames } of examples)
      onRun(await session.run(utteranceFeeds([features], [frames], melBins)));
  } finally {
    await session.release();
  }
}

/** @param rows each row-major [frames, melBins], of any length
 *  @param padding what fills the shorter rows */
export function utteranceFeeds(
  rows: readonly Float32Array[],
  lengths: readonly number[],
  melBins: number,
  padding = 0,
): Record<string, ort.Tensor> {
  const frames = Math.max(...lengths);
  const x = new Float32Array(rows.length * frames * melBins).fill(padding);
  rows.forEach((row, i) => {
    x.set(row.subarray(0, lengths[i] * melBins), i * frames * melBins);
  });
  return {
    x: new ort.Tensor('float32', x, [rows.length, frames, melBins]),
    x_lens: new ort.Tensor('int64', BigInt64Array.from(lengths, BigInt), [rows.length]),
  };
}
