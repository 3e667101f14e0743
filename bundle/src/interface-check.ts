/** A model's header and what its metadata say go in; they agree, or the error names the first place where they do not. */
import { bundleError } from './errors.js';
import type { InputRole, ModelInterface } from './interface.js';
import type { OnnxHeader, OnnxValue } from './onnx.js';

/** An input or output as it should be; '*' is any size. */
interface Expected {
  name: string;
  type: string;
  dims: (number | '*')[];
  batchAxis?: number;
}

/** @returns whether the batch axis is free everywhere
 *  @throws AUR_BUNDLE_INTERFACE */
export function checkValues(header: OnnxHeader, found: ModelInterface, file: string): boolean {
  const inputs = found.inputs.map((input) => expectedInput(input, found));
  const outputs: (Expected | undefined)[] = Array.from({ length: found.outputCount });
  outputs[0] = { name: 'log-probs', type: 'float32', dims: ['*', '*', found.vocabSize + 1], batchAxis: 0 };
  for (const { name, output, ...cache } of found.states) outputs[output] = { name: `next ${name}`, ...cache };
  checkNumber('inputs', header.inputs, inputs, file);
  checkNumber('outputs', header.outputs, outputs, file);
  const isFree = [
    ...inputs.map((expected, i) => checkValue(header.inputs[i], `input ${i}`, expected, file)),
    ...outputs.map((expected, i) => !expected || checkValue(header.outputs[i], `output ${i}`, expected, file)),
  ];
  return isFree.every((free) => free);
}

function expectedInput(input: InputRole, { frontEnd, windowSize, hearsWhole, states }: ModelInterface): Expected {
  switch (input.role) {
    case 'state': {
      const { name, type, dims, batchAxis } = states[input.state];
      return { name, type, dims, batchAxis };
    }
    case 'constant':
      return { name: 'length', type: 'int64', dims: ['*'], batchAxis: 0 };
    case 'offset':
      return { name: 'offset', type: 'int64', dims: [1] };
    case 'mask':
      return { name: 'attn_mask', type: 'bool', dims: ['*', 1, input.past + input.chunk], batchAxis: 0 };
    case 'chunk': {
      const width = frontEnd.kind === 'fbank' ? frontEnd.melBins : frontEnd.frameSamples;
      if (input.layout === 'bins-frames')
        return { name: 'audio_signal', type: 'float32', dims: ['*', width, windowSize], batchAxis: 0 };
      if (input.layout === 'frames-bins')
        return { name: 'x', type: 'float32', dims: ['*', hearsWhole ? '*' : windowSize, width], batchAxis: 0 };
      return { name: 'signal', type: 'int32', dims: ['*', windowSize * width, 1], batchAxis: 0 };
    }
  }
}

function checkNumber(
  thing: string,
  seen: readonly OnnxValue[],
  expected: readonly (Expected | undefined)[],
  file: string,
): void {
  if (seen.length === expected.length) return;
  const names = expected.map((value) => value?.name ?? 'encoded_lengths');
  const list = (all: readonly string[]) => (all.length > 8 ? `${all.slice(0, 8).join(', ')}, …` : all.join(', '));
  throw bundleError('AUR_BUNDLE_INTERFACE', {
    file,
    thing: `number of ${thing}`,
    seen: `${seen.length} (${list(seen.map((value) => value.name))})`,
    expected: `${expected.length} (${list(names)})`,
  });
}

/** @returns whether its batch axis is free; a model may also leave out its shapes, whole or in part */
function checkValue(value: OnnxValue, place: string, { name, type, dims, batchAxis }: Expected, file: string): boolean {
  const shape = value.dims.length === 0 ? dims : value.dims;
  // A dimension of neither size nor name is 0 here.
  const isOpen = (dim: number | string) => typeof dim === 'string' || dim === 0;
  const fits =
    value.type === type &&
    shape.length === dims.length &&
    shape.every((dim, i) => isOpen(dim) || dims[i] === '*' || dim === (i === batchAxis ? 1 : dims[i])) &&
    (batchAxis === undefined || isOpen(shape[batchAxis]) || shape[batchAxis] === 1);
  if (fits) return batchAxis === undefined || value.dims.length === 0 || isOpen(shape[batchAxis]);
  throw bundleError('AUR_BUNDLE_INTERFACE', {
    file,
    thing: `${place} (${value.name})`,
    seen: `${value.type} [${value.dims.join(', ')}]`,
    expected: `${type} [${dims.map((dim, i) => (i === batchAxis ? '*' : dim)).join(', ')}] (${name})`,
  });
}
