/** Where recordings come from and results go: a folder, or a bucket of an S3-compatible store. */
import { FolderStore } from './folder-store.js';
import { S3Store } from './s3-store.js';

/** A recording that can be read as a file. */
export interface LocalFile {
  path: string;
  /** Gives back the place that it takes, where it is a copy. */
  release(): Promise<void>;
}

export interface Store {
  /** in messages */
  readonly place: string;
  /** @throws AUR_JOB_STORE */
  open(name: string, signal: AbortSignal): Promise<LocalFile>;
  /** Whole or not at all.
   *  @throws AUR_JOB_STORE, for example where the disk is full */
  write(name: string, content: string | Uint8Array): Promise<void>;
  /** @returns undefined where there is none
   *  @throws AUR_JOB_STORE */
  read(name: string): Promise<Uint8Array | undefined>;
  /** @throws AUR_JOB_STORE */
  has(name: string): Promise<boolean>;
  /** Also where there is none.
   *  @throws AUR_JOB_STORE */
  remove(name: string): Promise<void>;
}

/** @param place a folder, or `s3://bucket/prefix`, whose keys and endpoint are those of the environment (`AWS_…`)
 *  @throws AUR_JOB_STORE */
export const openStore = (place: string): Store =>
  place.startsWith('s3://') ? S3Store.at(place) : new FolderStore(place);
