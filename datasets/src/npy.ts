/** A NumPy .npy file goes in, a matrix of floats comes out. */
import { readFile } from 'node:fs/promises';
import { datasetError } from './errors.js';

export interface Matrix {
  /** row-major [rows, columns] */
  values: Float32Array;
  rows: number;
  columns: number;
}

const MAGIC = '\x93NUMPY';
/** The only layout that is read: little-endian float32, row-major, two dimensions. */
const DTYPE = '<f4';

/** @throws AUR_NPY_MISSING, AUR_NPY_INVALID */
export async function readNpy(path: string): Promise<Matrix> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw datasetError('AUR_NPY_MISSING', { source: path, reason: (cause as Error).message }, { cause });
  }
  return parseNpy(bytes, path);
}

/** Layout: magic, version, header length, a Python dict as text, the values.
 *  @param source names the bytes in errors
 *  @throws AUR_NPY_INVALID */
export function parseNpy(bytes: Uint8Array, source: string): Matrix {
  const fail = (reason: string) => datasetError('AUR_NPY_INVALID', { source, reason });
  const ascii = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to));
  if (bytes.length < 10 || ascii(0, 6) !== MAGIC) throw fail('no .npy file');
  // Version 1 counts the header in 2 bytes, 2 and 3 in 4.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (version < 1 || version > 3) throw fail(`version ${version}: expected 1, 2 or 3`);
  const from = version === 1 ? 10 : 12;
  const start = from + (version === 1 ? view.getUint16(8, true) : bytes.length < 12 ? 0 : view.getUint32(8, true));
  if (start > bytes.length) throw fail('ends inside its header');
  const header = ascii(from, Math.min(start, from + 4096));
  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  if (dtype !== DTYPE) throw fail(`values of type ${dtype}: expected ${DTYPE}`);
  if (!/'fortran_order':\s*False/.test(header)) throw fail('column-major order: expected row-major');
  const shape = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '';
  const dimensions = shape.match(/\d+/g)?.map(Number) ?? [];
  if (dimensions.length !== 2) throw fail(`shape (${shape}): expected two dimensions`);
  const [rows, columns] = dimensions;
  const seen = bytes.length - start;
  if (seen !== rows * columns * 4) throw fail(`${seen} bytes of values: expected ${rows * columns * 4}`);
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    values[i] = view.getFloat32(start + 4 * i, true);
    if (!Number.isFinite(values[i])) throw fail(`value ${i} is ${values[i]}: expected a finite number`);
  }
  return { values, rows, columns };
}
