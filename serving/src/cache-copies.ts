/** Caches of single streams go into a batch's tensor and come out of it, along whichever axis the model joins streams. */
import type { CacheSizes } from '@auricle/bundle';
import { Tensor } from 'onnxruntime-node';

/** Values of any type are moved as words of 4 bytes, or as bytes where the parts are not whole words. */
export type CacheView = Int32Array | Uint8Array;

const BYTES = { float32: 4, float16: 2, int64: 8 };
/** A part of at least so many elements is faster copied by the engine's own routine than by a loop. */
const LONG_PART = 48;

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

/** How one cache lies in memory: `parts` pieces of a stream, each `part` elements, with those of other streams between. */
export interface CacheLayout {
  sizes: CacheSizes;
  bytes: number;
  parts: number;
  part: number;
  isWords: boolean;
}

export function layoutOf(sizes: CacheSizes): CacheLayout {
  const { dims, type, batchAxis = 0 } = sizes;
  const parts = product(dims.slice(0, batchAxis));
  const bytes = product(dims) * BYTES[type];
  const isWords = (bytes / parts) % 4 === 0;
  return { sizes, bytes, parts, part: bytes / parts / (isWords ? 4 : 1), isWords };
}

const viewOf = (buffer: ArrayBufferLike, offset: number, { bytes, isWords }: CacheLayout, rows = 1): CacheView =>
  isWords ? new Int32Array(buffer, offset, (rows * bytes) / 4) : new Uint8Array(buffer, offset, rows * bytes);

/** Zeros for each of a new stream's caches, in one piece of memory. */
export function newCaches(layouts: readonly CacheLayout[]): CacheView[] {
  const buffer = new ArrayBuffer(layouts.reduce((sum, { bytes }) => sum + roundUp(bytes), 0));
  let offset = 0;
  return layouts.map((layout) => {
    const view = viewOf(buffer, offset, layout);
    offset += roundUp(layout.bytes);
    return view;
  });
}

const roundUp = (bytes: number) => 8 * Math.ceil(bytes / 8);

/** A tensor of a cache for `rows` streams, at the start of a buffer that may hold more. */
export function batchTensor(
  layout: CacheLayout,
  rows: number,
  buffer: ArrayBuffer,
): { tensor: Tensor; view: CacheView } {
  const { type, dims, batchAxis } = layout.sizes;
  const shape = dims.map((dim, axis) => (axis === batchAxis ? rows : dim));
  const length = (rows * layout.bytes) / BYTES[type];
  const tensor =
    type === 'int64'
      ? new Tensor('int64', new BigInt64Array(buffer, 0, length), shape)
      : type === 'float16'
        ? new Tensor('float16', new Uint16Array(buffer, 0, length), shape)
        : new Tensor('float32', new Float32Array(buffer, 0, length), shape);
  return { tensor, view: viewOf(buffer, 0, layout, rows) };
}

/** Puts a stream's cache at its row of a batch of `rows`. */
export function gather({ parts, part }: CacheLayout, stream: CacheView, row: number, rows: number, batch: CacheView) {
  if (parts === 1) batch.set(stream, row * part);
  else if (rows === 1) batch.set(stream);
  else copyParts(stream, 0, part, batch, row * part, rows * part, parts, part);
}

/** Takes a stream's cache from its row of a batch of `rows`. */
export function scatter({ parts, part }: CacheLayout, batch: CacheView, row: number, rows: number, stream: CacheView) {
  if (rows === 1) stream.set(batch);
  else if (parts === 1) stream.set(batch.subarray(row * part, (row + 1) * part));
  else copyParts(batch, row * part, rows * part, stream, 0, part, parts, part);
}

function copyParts(
  from: CacheView,
  fromStart: number,
  fromStep: number,
  to: CacheView,
  toStart: number,
  toStep: number,
  parts: number,
  part: number,
) {
  for (let p = 0, a = fromStart, b = toStart; p < parts; p++, a += fromStep, b += toStep) {
    if (part >= LONG_PART) to.set(from.subarray(a, a + part), b);
    else for (let i = 0; i < part; i++) to[b + i] = from[a + i];
  }
}
