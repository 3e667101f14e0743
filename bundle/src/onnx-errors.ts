/** The ONNX codec's errors: what is wrong with a model file, and where. */
import { errorTable } from '@auricle/audio';

export const onnxError = errorTable({
  AUR_ONNX_INVALID: '{source}: not a readable ONNX model: {reason}',
  AUR_ONNX_UNSUPPORTED: '{source}: {thing} is not supported',
  AUR_ONNX_TENSOR: 'constant {name}: its dimensions ask for {expected} bytes, it holds {seen}',
});
