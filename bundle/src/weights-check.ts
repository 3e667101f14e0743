/** A model's constants go in; they are numbers and lie in the model's folder, or the error names the one that does not. */
import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, sep } from 'node:path';
import { bundleError } from './errors.js';
import type { StoredWeights } from './onnx.js';

/** @param file the model, beside which external data must lie
 *  @throws AUR_BUNDLE_NAN, AUR_BUNDLE_EXTERNAL */
export async function checkWeights(weights: readonly StoredWeights[], file: string): Promise<void> {
  for (const tensor of weights) {
    if (tensor.external) await checkExternal(tensor.name, tensor.external, file);
    const seen = countNaN(tensor);
    if (seen > 0) throw bundleError('AUR_BUNDLE_NAN', { file, tensor: tensor.name, seen });
  }
}

/** Infinities are not counted: masks are made of them. */
function countNaN({ type, data }: StoredWeights): number {
  let found = 0;
  if (!(data instanceof Uint8Array)) {
    for (const value of data) if (Number.isNaN(value)) found++;
    return found;
  }
  if (type !== 'float32' && type !== 'float16') return 0;
  const size = type === 'float32' ? 4 : 2;
  const whole = data.byteLength - (data.byteLength % size);
  const bytes = data.byteOffset % size === 0 ? data.subarray(0, whole) : new Uint8Array(data.subarray(0, whole));
  // A number has an exponent of less than all ones, an infinity no fraction.
  const [words, exponent] =
    type === 'float32'
      ? [new Uint32Array(bytes.buffer, bytes.byteOffset, whole / size), 0x7f800000]
      : [new Uint16Array(bytes.buffer, bytes.byteOffset, whole / size), 0x7c00];
  const magnitude = type === 'float32' ? 0x7fffffff : 0x7fff;
  for (let i = 0; i < words.length; i++) if ((words[i] & magnitude) > exponent) found++;
  return found;
}

async function checkExternal(tensor: string, external: Record<string, string>, file: string): Promise<void> {
  const refuse = (seen: string, expected: string): never => {
    throw bundleError('AUR_BUNDLE_EXTERNAL', { file, tensor, seen, expected });
  };
  const { location = '', offset = '0', length } = external;
  const shown = JSON.stringify(location);
  const inside = 'a file in the folder of the model';
  if (location === '' || isAbsolute(location) || location.split(/[\\/]/).includes('..')) refuse(shown, inside);
  const path = join(dirname(file), location);
  // What links lead to counts.
  const [folder, target] = await Promise.all([realpath(dirname(file)), realpath(path).catch(() => undefined)]);
  if (target === undefined) return refuse(`${shown}, which is not there`, inside);
  const way = relative(folder, target);
  if (isAbsolute(way) || way.split(sep)[0] === '..') refuse(`${shown}, which leads to ${target}`, inside);
  const { size } = await stat(target);
  const end = Number(offset) + Number(length ?? 0);
  if (!(end <= size)) refuse(`${shown} of ${size} bytes`, `a file of at least ${end} bytes`);
}
