/** The bundle folder's errors; the ONNX codec has its own table beside it. */
import { errorTable } from '@auricle/audio';

export const bundleError = errorTable({
  AUR_BUNDLE_MISSING: '{file}: {reason}; expected {expected}',
  AUR_BUNDLE_NOT_JSON: '{file}: {reason}; expected a JSON object',
  AUR_BUNDLE_SCHEMA: '{file}: {problems}',
  AUR_BUNDLE_METADATA: '{file}: metadata {key} is {seen}; expected {expected}',
  AUR_BUNDLE_FAMILY: '{file}: metadata ({seen}) of no streaming CTC model; expected those of {expected}',
  AUR_BUNDLE_EXTERNAL: '{file}: external data of {tensor} are {seen}; expected {expected}',
  AUR_BUNDLE_NAN: '{file}: {tensor} holds {seen} values that are no numbers; expected none',
  AUR_BUNDLE_INTERFACE: '{file}: {thing} is {seen}; expected {expected}',
  AUR_BUNDLE_TOKENS: '{file}: {seen}; expected {expected}',
  AUR_BUNDLE_LEXICON: '{file}: {seen}; expected {expected}',
  AUR_BUNDLE_MISMATCH: '{file}: {key} is {seen}, but {model} says {expected}',
});
