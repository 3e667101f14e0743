/** Paths and addresses go in, jobs come out one after the other: of a million, none is held. */
import { relative, resolve, sep } from 'node:path';
import { batchError, jobId, type Priority, resultName, type Task, type TranscriptionJob } from '@auricle/batch';
import { isAddress, type Recording, recordingAt, recordingsAt } from '../transcription/recordings.js';

export type FoundJob =
  | { job: Task<TranscriptionJob> }
  | { passedOver: string }
  | { failure: { title: string; error: Error } };

/** @param paths recordings, folders, manifests, and addresses (http, https, s3)
 *  @param root folder that all workers see; files are named from there */
export async function* jobsOf(paths: readonly string[], root: string, priority: Priority): AsyncGenerator<FoundJob> {
  for (const path of paths) {
    if (isAddress(path)) {
      yield jobOf(recordingAt(path, path), root, priority);
      continue;
    }
    for await (const found of recordingsAt(path))
      yield 'recording' in found ? jobOf(found.recording, root, priority) : found;
  }
}

function jobOf({ file, offset, duration, title }: Recording, root: string, priority: Priority): FoundJob {
  try {
    const source = isAddress(file) ? { url: file } : { file: nameBelow(file, root) };
    const payload: TranscriptionJob = { source, offset, duration, result: resultName(source, offset, duration) };
    return { job: { id: jobId(payload), payload, priority } };
  } catch (error) {
    return { failure: { title, error: error as Error } };
  }
}

/** @throws AUR_JOB_PATH */
function nameBelow(path: string, root: string): string {
  const name = relative(resolve(root), resolve(path));
  if (name === '' || name.split(sep)[0] === '..') throw batchError('AUR_JOB_PATH', { path, root: resolve(root) });
  return name.split(sep).join('/');
}
