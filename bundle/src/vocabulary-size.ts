/** A model's header goes in, the sizes of its log-probs come out, for families whose metadata do not tell. */
import { bundleError } from './errors.js';
import type { OnnxHeader } from './onnx.js';

const sizeOf = (header: OnnxHeader, axis: number): number | undefined => {
  const dim = header.outputs[0]?.dims[axis];
  return typeof dim === 'number' && dim > 0 ? dim : undefined;
};

/** Output frames of a run, where the model fixes them. */
export const outputFrames = (header: OnnxHeader): number | undefined => sizeOf(header, 1);

/** Tokens with the blank.
 *  @param otherwise for a model that leaves them open
 *  @throws AUR_BUNDLE_INTERFACE when nothing tells them, or there are fewer than two */
export function vocabularyOf(header: OnnxHeader, file: string, otherwise: number | undefined): number {
  const size = sizeOf(header, 2) ?? otherwise;
  if (size !== undefined && size > 1) return size;
  const { name = 'none', dims = [] } = header.outputs[0] ?? {};
  throw bundleError('AUR_BUNDLE_INTERFACE', {
    file,
    thing: `output 0 (${name})`,
    seen: `[${dims.join(', ')}]`,
    expected: '[*, *, the number of tokens] (log-probs)',
  });
}
