/** A recording goes in, a job comes out: what is to be transcribed, under which id, and what its result is called. */
import { createHash } from 'node:crypto';
import { parseS3 } from '../stores/s3-store.js';

export type Source =
  /** below the folder that all workers see, with `/` between its parts */
  | { file: string }
  /** http, https or s3 */
  | { url: string }
  /** in the store of the results */
  | { upload: string };

export interface TranscriptionJob {
  source: Source;
  /** s; of a part of the recording */
  offset?: number;
  duration?: number;
  /** in the store of the results, without extension */
  result: string;
  /** instead of the worker's own */
  channels?: 'mix' | 'each';
  alternatives?: number;
  /** is told when the job is done or set aside */
  webhook?: string;
  /** name of the API key that asked for it */
  owner?: string;
}

export interface TranscriptionOutcome {
  audioSeconds: number;
  /** from reading the recording to its result */
  wallSeconds: number;
  /** the result was there before */
  wasThere?: true;
}

/** As reports name it. */
export const sourceName = (source: Source): string =>
  'file' in source ? source.file : 'url' in source ? source.url : source.upload;

/** The same recording and part give the same id wherever and whenever they are submitted.
 *  @returns 128 bits, in hexadecimal digits */
export const jobId = ({ source, offset, duration }: Omit<TranscriptionJob, 'result'>): string =>
  createHash('sha256')
    .update(JSON.stringify([source, offset, duration]))
    .digest('hex')
    .slice(0, 32);

/** No two sources have one name: a recording keeps its extension, `@` leads in what we add, and is doubled where it was there. */
export function resultName(source: Exclude<Source, { upload: string }>, offset?: number, duration?: number): string {
  const name = 'file' in source ? escaped(source.file) : `@${addressName(source.url)}`;
  return offset === undefined ? name : `${name}@${offset}${duration === undefined ? '' : `-${duration}`}`;
}

const escaped = (name: string) => name.replaceAll('@', '@@');

/** Bytes of a name of a file that all file systems take, with room for an extension. */
const LONGEST = 200;

/** Host or bucket, then the path; what no file system would take is named by its hash. */
function addressName(address: string): string {
  const isS3 = address.startsWith('s3://');
  const { host, path, rest } = isS3 ? placeOf(address) : partsOf(new URL(address));
  const parts = path.split('/').map((part) => (/^\.{0,2}$/.test(part) ? `${part}@` : escaped(part)));
  const isLong = parts.some((part) => Buffer.byteLength(part) > LONGEST);
  const kept = isLong ? [] : parts;
  const hash = isLong || rest !== '' ? [`@${createHash('sha256').update(address).digest('hex').slice(0, 16)}`] : [];
  return [isS3 ? `s3@${host}` : host, ...kept, ...hash].join('/');
}

const placeOf = (address: string) => {
  const { bucket, key } = parseS3(address);
  return { host: bucket, path: key, rest: '' };
};

const partsOf = ({ protocol, host, pathname, search, hash }: URL) => ({
  host: `${protocol === 'http:' ? 'http@' : ''}${host.replace(':', '@')}`,
  path: pathname.slice(1),
  rest: search + hash,
});
