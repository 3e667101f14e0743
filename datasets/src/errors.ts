/** The datasets room's errors. */
import { errorTable } from '@auricle/audio';

export const datasetError = errorTable({
  AUR_MANIFEST_MISSING: '{path}: {reason}',
  AUR_MANIFEST_JSON: '{where}: not a JSON object: {reason}',
  AUR_MANIFEST_FIELD: '{where}: {problems}',
  AUR_MANIFEST_SEGMENT: '{where}: the segment {from} s to {to} s lies beyond the audio of {duration} s',
  AUR_NPY_INVALID: '{path}: {reason}',
  AUR_RECIPE_NO_FILES: '{folder}: found no {expected}',
  AUR_RECIPE_DOWNLOAD: '{url}: {reason}',
});
