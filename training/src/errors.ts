/** The training room's errors. */
import { errorTable } from '@auricle/audio';

export const trainingError = errorTable({
  AUR_TRACE_READ: 'tracing: {name} has no value before the graph runs, so it cannot be read',
  AUR_TRACE_TYPE: 'tracing: tensors of type {type} have no ONNX counterpart here',
});
