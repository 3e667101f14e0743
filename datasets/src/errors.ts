/** The datasets room's errors: a code and its details go in, an `AuricleError` comes out. */
import { errorTable } from '@auricle/audio';

export const datasetError = errorTable({
  AUR_MANIFEST_MISSING: '{path}: cannot be read: {reason}',
  AUR_MANIFEST_JSON: '{where}: not JSON: {reason}',
  AUR_MANIFEST_FIELD: '{where}: {problems}',
  AUR_MANIFEST_SEGMENT: '{source}: the segment {from} s to {to} s lies beyond the audio of {duration} s',
  AUR_MANIFEST_NO_AUDIO: '{source}: the utterance has features only: expected audio_filepath',
  AUR_MANIFEST_UNREADABLE: '{source}: {reason}',
  AUR_NPY_MISSING: '{source}: cannot be read: {reason}',
  AUR_NPY_INVALID: '{source}: {reason}',
  AUR_BUCKETS_OPTION: '{name} is {value}: expected {expected}',
  AUR_AUGMENT_SPEED: 'speed factor {factor}: expected a number from 0.5 to 2',
  AUR_RECIPE_NO_FILES: '{folder}: found no {expected}',
  AUR_RECIPE_DOWNLOAD: '{url}: {reason}',
  AUR_RECIPE_ARCHIVE: '{path}: cannot be unpacked: {reason}',
});
