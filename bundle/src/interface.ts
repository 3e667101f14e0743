/** An ONNX model's header goes in, the sizes of its streaming interface come out: sherpa-onnx's online NeMo CTC contract. */
import { FBANK } from '@auricle/audio';
import { bundleError } from './errors.js';
import type { OnnxHeader, OnnxValue } from './onnx.js';

type ThreeDims = [number, number, number];

export interface ModelInterface {
  /** feature frames a run takes */
  windowSize: number;
  /** feature frames between the starts of two runs */
  chunkShift: number;
  /** feature frames an output frame */
  subsamplingFactor: number;
  /** tokens without the blank */
  vocabSize: number;
  /** a stream's part of cache_last_channel */
  cacheChannelDims: ThreeDims;
  /** a stream's part of cache_last_time */
  cacheTimeDims: ThreeDims;
}

/** @param file names the model in errors
 *  @throws AUR_BUNDLE_METADATA for a missing or bad key, AUR_BUNDLE_INTERFACE for inputs or outputs that are not the contract's */
export function readInterface(header: OnnxHeader, file: string): ModelInterface {
  const key = (name: string): number => {
    const seen = header.metadata[name];
    const expected = 'a positive whole number';
    if (seen === undefined) throw bundleError('AUR_BUNDLE_METADATA', { file, key: name, seen: 'missing', expected });
    if (!/^[1-9]\d*$/.test(seen))
      throw bundleError('AUR_BUNDLE_METADATA', { file, key: name, seen: JSON.stringify(seen), expected });
    return Number(seen);
  };
  const three = (prefix: string): ThreeDims => [key(`${prefix}_dim1`), key(`${prefix}_dim2`), key(`${prefix}_dim3`)];
  const found: ModelInterface = {
    windowSize: key('window_size'),
    chunkShift: key('chunk_shift'),
    subsamplingFactor: key('subsampling_factor'),
    vocabSize: key('vocab_size'),
    cacheChannelDims: three('cache_last_channel'),
    cacheTimeDims: three('cache_last_time'),
  };
  if (found.chunkShift > found.windowSize)
    throw bundleError('AUR_BUNDLE_METADATA', {
      file,
      key: 'chunk_shift',
      seen: found.chunkShift,
      expected: `at most window_size (${found.windowSize})`,
    });
  checkValues(header, found, file);
  return found;
}

/** Shapes as the contract has them; '*' is any size. */
function checkValues(header: OnnxHeader, sizes: ModelInterface, file: string): void {
  const channel = ['*', ...sizes.cacheChannelDims];
  const time = ['*', ...sizes.cacheTimeDims];
  const inputs: [string, (number | string)[]][] = [
    ['float32', ['*', FBANK.melBins, sizes.windowSize]],
    ['int64', ['*']],
    ['float32', channel],
    ['float32', time],
    ['int64', ['*']],
  ];
  if (header.inputs.length !== inputs.length)
    throw bundleError('AUR_BUNDLE_INTERFACE', {
      file,
      thing: 'number of inputs',
      seen: `${header.inputs.length} (${header.inputs.map((v) => v.name).join(', ')})`,
      expected: 'audio_signal, length, cache_last_channel, cache_last_time, cache_last_channel_len',
    });
  if (header.outputs.length !== 5)
    throw bundleError('AUR_BUNDLE_INTERFACE', {
      file,
      thing: 'number of outputs',
      seen: `${header.outputs.length} (${header.outputs.map((v) => v.name).join(', ')})`,
      expected: 'logprobs, encoded_lengths and the three next caches',
    });
  for (const [index, [type, dims]] of inputs.entries())
    checkValue(header.inputs[index], `input ${index}`, type, dims, file);
  checkValue(header.outputs[0], 'output 0', 'float32', ['*', '*', sizes.vocabSize + 1], file);
}

function checkValue(value: OnnxValue, place: string, type: string, dims: (number | string)[], file: string): void {
  const fits =
    value.type === type &&
    value.dims.length === dims.length &&
    value.dims.every((d, i) => typeof d === 'string' || dims[i] === '*' || d === dims[i]);
  // A model may leave its shapes out altogether.
  if (fits || (value.type === type && value.dims.length === 0)) return;
  throw bundleError('AUR_BUNDLE_INTERFACE', {
    file,
    thing: `${place} (${value.name})`,
    seen: `${value.type} [${value.dims.join(', ')}]`,
    expected: `${type} [${dims.join(', ')}]`,
  });
}
