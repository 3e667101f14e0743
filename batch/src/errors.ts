/** The batch room's errors. */
import { errorTable } from '@auricle/audio';

export const batchError = errorTable({
  AUR_JOB_CANCELLED: 'the job was cancelled',
  AUR_JOB_GIVEN_BACK: 'the worker ends: the job goes back to the queue',
  AUR_JOB_LOST: '{reason}',
  AUR_JOB_PATH: '{path}: expected a file below {root}, the folder that all workers see',
  AUR_JOB_SOURCE: '{source}: {reason}',
  AUR_JOB_URL: '{url}: {reason}',
  AUR_JOB_DOWNLOAD: '{url}: {reason}',
  AUR_JOB_REFUSED: '{url}: the host answers {status}',
  AUR_JOB_TOO_LARGE: '{url}: more than {limit} bytes',
  AUR_JOB_STORE: '{place}: {reason}',
  AUR_JOB_REDIS: '{url}: {reason}',
  AUR_JOB_WEBHOOK: 'webhook: {reason}',
  AUR_JOB_REQUEST: 'request refused: {problems}',
  AUR_JOB_UNKNOWN: 'no job {id}',
  AUR_JOB_NOT_DONE: 'job {id} is {state}: expected one that is done',
  AUR_JOB_FULL: '{limit} jobs wait already: try again later',
  AUR_JOB_METHOD: 'method {method}: expected {expected}',
});
