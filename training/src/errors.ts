/** The training room's errors. */
import { errorTable } from '@auricle/audio';

export const trainingError = errorTable({
  AUR_TRACE_READ: 'tracing: {name} has no value before the graph runs, so it cannot be read',
  AUR_TRACE_TYPE: 'tracing: tensors of type {type} have no ONNX counterpart here',
  AUR_TRACE_BATCH: 'tracing: {node} depends on the batch size in a way that a free batch axis cannot express',
  AUR_TRAIN_CONFIG: '{source}: {problems}',
  AUR_TRAIN_VOCABULARY: '{path}: cannot be the vocabulary: {reason}',
  AUR_TRAIN_START: '{from}: cannot be started from: {reason}',
  AUR_TRAIN_START_FITS: '{from}: does not fit the recipe: {key} is {seen} there and {expected} in the recipe',
  AUR_TRAIN_TEACHER: '{from}: cannot teach this recipe: {key} is {seen} there and {expected} in the recipe',
  AUR_TRAIN_NO_DATA: '{manifests}: no utterance is left to {purpose} ({reasons})',
  AUR_TRAIN_SILENT: '{manifests}: holds nothing but digital silence',
  AUR_TRAIN_DIVERGED:
    'step {step}: {count} steps in a row had a loss or gradient that is not finite; lower optimiser.learningRate (now {learningRate})',
  AUR_TRAIN_RUN_EXISTS: '{folder}: holds a run already; continue it with --resume or name another folder',
  AUR_TRAIN_RUN_BUSY: '{folder}: process {pid} is training here',
  AUR_TRAIN_RUN_CHANGED: '{folder}: its checkpoint was made with other settings ({path}: {before} then, {now} now)',
  AUR_TRAIN_REPORT: '{path}: {reason}; training goes on without it',
  AUR_ENGINE_MISSING: 'engine {engine}: {reason}; {remedy}',
  AUR_CHECKPOINT_DAMAGED: '{path}: not a sound checkpoint: {reason}',
  AUR_CHECKPOINT_WRITE: '{path}: cannot be written: {reason}',
  AUR_CHECKPOINT_MISSING: '{path}: {reason}',
  AUR_CHECKPOINT_SETTINGS:
    '{path}: the settings of its run are those of another version, so it cannot go on; start.from can begin a new run with its weights: {problems}',
  AUR_CHECKPOINT_VERSION: '{path}: checkpoint version {seen}, expected {expected}',
  AUR_EXPORT_PARITY:
    'export: the graph differs from the training forward by {difference} (allowed: {allowed}); nothing was written',
  AUR_EXPORT_FEATURES:
    'export: the model reads stored features, which no stream of audio has; it can be evaluated by its run only',
  AUR_QUANTISE_MODEL: '{file}: cannot be quantised: {reason}',
  AUR_QUANTISE_AUDIO: '{manifests}: no utterance whose audio can be read, to measure the model on',
  AUR_EXPORT_CHUNK: 'export: a chunk of {chunk} encoder frames does not divide the left context of {leftContext}',
});
