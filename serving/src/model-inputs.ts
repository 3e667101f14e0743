/** A model's interface and a number of streams go in, the tensors of one run come out, with the places where chunks and counts are put. */
import type { ChunkLayout, FrontEndSizes, InputRole, ModelInterface } from '@auricle/bundle';
import { Tensor } from 'onnxruntime-node';
import { batchTensor, type CacheLayout, type CacheView } from './cache-copies.js';

/** The tensors of one batch size, filled anew for every run. */
export interface BatchTensors {
  feeds: Record<string, Tensor>;
  /** where the caches that follow are to be put, and nothing for other outputs */
  fetches: Record<string, Tensor | null>;
  chunk: Float32Array | Int32Array;
  before: CacheView[];
  after: CacheView[];
  /** puts in what depends on the output frames that a stream has had; of models that take one stream at a time */
  setFrames: (frames: number) => void;
}

export interface ModelNames {
  inputNames: readonly string[];
  outputNames: readonly string[];
}

/** Memory for the batches of all sizes up to one: a smaller batch takes the start of it. */
export interface BatchMemory {
  rows: number;
  chunk: ArrayBuffer;
  before: ArrayBuffer[];
  after: ArrayBuffer[];
}

export function batchMemory(model: ModelInterface, layouts: readonly CacheLayout[], rows: number): BatchMemory {
  const caches = () => layouts.map(({ bytes }) => new ArrayBuffer(rows * bytes));
  const chunk = new ArrayBuffer(4 * rows * model.windowSize * frameSizeOf(model.frontEnd));
  return { rows, chunk, before: caches(), after: caches() };
}

export function batchTensors(
  model: ModelInterface,
  layouts: readonly CacheLayout[],
  { inputNames, outputNames }: ModelNames,
  memory: BatchMemory,
  rows: number,
): BatchTensors {
  const before = layouts.map((layout, i) => batchTensor(layout, rows, memory.before[i]));
  const after = layouts.map((layout, i) => batchTensor(layout, rows, memory.after[i]));
  const chunk = chunkTensor(model, rows, memory.chunk);
  const counters: ((frames: number) => void)[] = [];
  const tensorOf = (input: InputRole): Tensor => {
    switch (input.role) {
      case 'chunk':
        return chunk.tensor;
      case 'state':
        return before[input.state].tensor;
      case 'constant':
        return new Tensor('int64', new BigInt64Array(rows).fill(BigInt(input.value)), [rows]);
      case 'offset': {
        const data = new BigInt64Array(1);
        counters.push((frames) => {
          data[0] = BigInt(input.start + frames);
        });
        return new Tensor('int64', data, [1]);
      }
      case 'mask': {
        const { past } = input;
        const data = new Uint8Array(past + input.chunk);
        counters.push((frames) => data.fill(0, 0, past).fill(1, past - Math.min(past, frames)));
        return new Tensor('bool', data, [1, 1, data.length]);
      }
    }
  };
  const feeds = Object.fromEntries(model.inputs.map((input, i) => [inputNames[i], tensorOf(input)]));
  const fetches: Record<string, Tensor | null> = Object.fromEntries(outputNames.map((name) => [name, null]));
  model.states.forEach(({ output }, i) => {
    fetches[outputNames[output]] = after[i].tensor;
  });
  return {
    feeds,
    fetches,
    chunk: chunk.data,
    before: before.map(({ view }) => view),
    after: after.map(({ view }) => view),
    setFrames: (frames) => {
      for (const count of counters) count(frames);
    },
  };
}

/** Values of a feature frame. */
export const frameSizeOf = (frontEnd: FrontEndSizes): number =>
  frontEnd.kind === 'fbank' ? frontEnd.melBins : frontEnd.frameSamples;

function chunkTensor({ inputs, windowSize, frontEnd }: ModelInterface, rows: number, buffer: ArrayBuffer) {
  const layout = layoutOfChunk(inputs);
  const width = frameSizeOf(frontEnd);
  const size = rows * windowSize * width;
  if (layout === 'pcm16') {
    const data = new Int32Array(buffer, 0, size);
    return { data, tensor: new Tensor('int32', data, [rows, windowSize * width, 1]) };
  }
  const data = new Float32Array(buffer, 0, size);
  const dims = layout === 'bins-frames' ? [rows, width, windowSize] : [rows, windowSize, width];
  return { data, tensor: new Tensor('float32', data, dims) };
}

export const layoutOfChunk = (inputs: readonly InputRole[]): ChunkLayout =>
  inputs.find((input) => input.role === 'chunk')!.layout;

/** Puts a chunk, row-major [frames, width], at its row.
 *  @param width values of a frame */
export function putChunk(
  layout: ChunkLayout,
  chunk: Float32Array,
  width: number,
  row: number,
  batch: Float32Array | Int32Array,
) {
  const base = row * chunk.length;
  if (layout === 'bins-frames') {
    const frames = chunk.length / width;
    for (let bin = 0; bin < width; bin++)
      for (let frame = 0; frame < frames; frame++) batch[base + bin * frames + frame] = chunk[frame * width + bin];
  } else if (layout === 'frames-bins') batch.set(chunk, base);
  else
    for (let i = 0; i < chunk.length; i++)
      // A whole number of 16 bits, cut towards zero, in the arithmetic of single precision.
      batch[base + i] = Math.fround(Math.fround(Math.min(1, Math.max(-1, chunk[i]))) * 32_767);
}
