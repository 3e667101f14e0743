/** What a model holds goes in, where each of its columns lies in one buffer comes out: the file is the memory, and loading is one read. */
import { DecodingError } from '../errors.js';

const MAGIC = 0x4d4c5541; // "AULM"
const VERSION = 1;
/** Orders that a model may have. */
export const HIGHEST_ORDER = 8;
const HEADER_BYTES = 4 * (9 + HIGHEST_ORDER);

export interface ModelShape {
  /** words of its longest n-grams */
  order: number;
  /** of a log-prob and of a back-off: 16 (code books) or 32 (as they were given) */
  bits: 16 | 32;
  /** n-grams of each order, from 1 on */
  counts: number[];
  vocabularyBytes: number;
  logProbValues: number;
  backoffValues: number;
}

/** Columns of a model. N-grams are numbered order by order, those of an order sorted by their words, so that what may follow one stands together. */
export interface ModelColumns {
  wordBytes: Uint8Array;
  wordOffsets: Uint32Array;
  /** last word of the n-grams from order 2 on */
  words: Uint16Array | Uint32Array;
  /** codes, or log10 */
  logProbs: Uint16Array | Float32Array;
  /** codes, or log10; of the n-grams below the highest order */
  backoffs: Uint16Array | Float32Array;
  /** n-grams from children[n] to children[n + 1] - 1 are n-gram n and one word more */
  children: Uint32Array;
  /** longest n-gram that is the end of this one; from order 2 to below the highest */
  shorter: Uint32Array;
  logProbBook: Float32Array;
  backoffBook: Float32Array;
}

interface Section {
  key: keyof ModelColumns;
  bytes: 1 | 2 | 4;
  isFloat: boolean;
  length: number;
}

/** N-grams that have states: all below the highest order, and all words. */
export const inner = ({ order, counts }: ModelShape): number => sum(counts.slice(0, Math.max(1, order - 1)));
export const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function sectionsOf(shape: ModelShape): Section[] {
  const words = shape.counts[0];
  const [states, all] = [inner(shape), sum(shape.counts)];
  const isFloat = shape.bits === 32;
  const value = isFloat ? 4 : 2;
  return [
    { key: 'children', bytes: 4, isFloat: false, length: states + 1 },
    { key: 'shorter', bytes: 4, isFloat: false, length: states - words },
    { key: 'wordOffsets', bytes: 4, isFloat: false, length: words + 1 },
    { key: 'logProbBook', bytes: 4, isFloat: true, length: shape.logProbValues },
    { key: 'backoffBook', bytes: 4, isFloat: true, length: shape.backoffValues },
    { key: 'logProbs', bytes: value, isFloat, length: all },
    { key: 'backoffs', bytes: value, isFloat, length: states },
    { key: 'words', bytes: words <= 65_536 ? 2 : 4, isFloat: false, length: all - words },
    { key: 'wordBytes', bytes: 1, isFloat: false, length: shape.vocabularyBytes },
  ];
}

const aligned = (bytes: number) => Math.ceil(bytes / 8) * 8;

export const bytesOf = (shape: ModelShape): number =>
  aligned(HEADER_BYTES) + sum(sectionsOf(shape).map(({ bytes, length }) => aligned(bytes * length)));

/** Views into a buffer of `bytesOf(shape)` bytes. */
export function columnsIn(buffer: ArrayBufferLike, shape: ModelShape): ModelColumns {
  let at = aligned(HEADER_BYTES);
  const columns: Partial<Record<keyof ModelColumns, unknown>> = {};
  for (const { key, bytes, isFloat, length } of sectionsOf(shape)) {
    const Column = isFloat ? Float32Array : bytes === 4 ? Uint32Array : bytes === 2 ? Uint16Array : Uint8Array;
    columns[key] = new Column(buffer as ArrayBuffer, at, length);
    at += aligned(bytes * length);
  }
  return columns as ModelColumns;
}

export function writeShape(buffer: ArrayBufferLike, shape: ModelShape): void {
  const { order, bits, counts, vocabularyBytes, logProbValues, backoffValues } = shape;
  new Uint32Array(buffer, 0, HEADER_BYTES / 4).set([
    MAGIC,
    VERSION,
    order,
    bits,
    vocabularyBytes,
    logProbValues,
    backoffValues,
    0,
    0,
    ...counts,
  ]);
}

/** @throws DecodingError AUR_DECODING_LM_FILE */
export function readShape(buffer: ArrayBufferLike): ModelShape {
  const fail = (reason: string) => new DecodingError('AUR_DECODING_LM_FILE', { reason });
  if (buffer.byteLength < HEADER_BYTES)
    throw fail(`it has ${buffer.byteLength} bytes: expected ${HEADER_BYTES} or more`);
  const [magic, version, order, bits, vocabularyBytes, logProbValues, backoffValues, , , ...counts] = new Uint32Array(
    buffer,
    0,
    HEADER_BYTES / 4,
  );
  if (magic !== MAGIC) throw fail('it does not start as a model does');
  if (version !== VERSION) throw fail(`its version is ${version}: expected ${VERSION}`);
  if (order < 1 || order > HIGHEST_ORDER) throw fail(`its order is ${order}: expected 1 to ${HIGHEST_ORDER}`);
  if (bits !== 16 && bits !== 32) throw fail(`its values have ${bits} bits: expected 16 or 32`);
  const shape: ModelShape = {
    order,
    bits,
    counts: counts.slice(0, order),
    vocabularyBytes,
    logProbValues,
    backoffValues,
  };
  const expected = bytesOf(shape);
  if (buffer.byteLength !== expected) throw fail(`it has ${buffer.byteLength} bytes: expected ${expected}`);
  return shape;
}
