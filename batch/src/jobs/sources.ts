/** The source of a job goes in, a file of this machine comes out. */
import { batchError } from '../errors.js';
import { parseS3, S3Store } from '../stores/s3-store.js';
import type { LocalFile, Store } from '../stores/store.js';
import type { GuardedHttp } from './guarded-http.js';
import type { Source } from './job.js';

export interface SourceOptions {
  /** that all workers see (default: jobs of files are refused) */
  root?: Store;
  /** has the uploads */
  results: Store;
  http: GuardedHttp;
}

/** @throws AUR_JOB_… */
export async function openSource(source: Source, options: SourceOptions, signal: AbortSignal): Promise<LocalFile> {
  const { root, results, http } = options;
  if ('upload' in source) return results.open(source.upload, signal);
  if ('file' in source) {
    if (!root) throw batchError('AUR_JOB_SOURCE', { source: source.file, reason: 'this worker sees no folder' });
    return root.open(source.file, signal);
  }
  if (!source.url.startsWith('s3://')) return http.download(source.url, signal);
  const { bucket, key } = parseS3(source.url);
  return S3Store.at(`s3://${bucket}`).open(key, signal);
}
