/** The address of a bucket goes in, a store comes out: Amazon's S3 and what speaks as it does. Keys and endpoint are those of the environment. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AwsClient } from 'aws4fetch';
import { batchError } from '../errors.js';
import type { LocalFile, Store } from './store.js';
import { temporaryFile } from './temporary-file.js';

/** Of one request, after which it has failed. */
const RETRIES = 3;

interface Bucket {
  client: AwsClient;
  /** of the bucket's objects, with a slash at its end */
  base: string;
}

export class S3Store implements Store {
  private constructor(
    readonly place: string,
    private readonly bucket: Bucket,
    private readonly prefix: string,
  ) {}

  /** @param place `s3://bucket/prefix`
   *  @throws AUR_JOB_STORE where it is no such address, or the environment has no keys */
  static at(place: string): S3Store {
    const { bucket, key } = parseS3(place);
    return new S3Store(place, openBucket(bucket, place), key === '' ? '' : `${key.replace(/\/$/, '')}/`);
  }

  async open(name: string, signal: AbortSignal): Promise<LocalFile> {
    const response = await this.request('GET', name, { signal });
    if (response.body === null || !response.ok) throw await this.failed(name, response);
    try {
      return await temporaryFile(Readable.fromWeb(response.body as ReadableStream), signal);
    } catch (cause) {
      signal.throwIfAborted();
      throw batchError('AUR_JOB_STORE', { place: this.shown(name), reason: (cause as Error).message }, { cause });
    }
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    const response = await this.request('PUT', name, { body: content as RequestInit['body'] });
    if (!response.ok) throw await this.failed(name, response);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const response = await this.request('GET', name);
    if (response.status === 404) return undefined;
    if (!response.ok) throw await this.failed(name, response);
    return new Uint8Array(await response.arrayBuffer());
  }

  async has(name: string): Promise<boolean> {
    const response = await this.request('HEAD', name);
    if (response.status === 404) return false;
    if (!response.ok) throw await this.failed(name, response);
    return true;
  }

  async remove(name: string): Promise<void> {
    const response = await this.request('DELETE', name);
    if (!response.ok && response.status !== 404) throw await this.failed(name, response);
  }

  private async request(method: string, name: string, init: RequestInit = {}): Promise<Response> {
    const { client, base } = this.bucket;
    const url = base + `${this.prefix}${name}`.split('/').map(encodeURIComponent).join('/');
    try {
      return await client.fetch(url, { method, ...init });
    } catch (cause) {
      init.signal?.throwIfAborted();
      const { message, cause: inner } = cause as Error;
      const reason = (inner as Error | undefined)?.message ?? message;
      throw batchError('AUR_JOB_STORE', { place: this.shown(name), reason }, { cause });
    }
  }

  private async failed(name: string, response: Response): Promise<Error> {
    const text = await response.text().catch(() => '');
    const code = /<Code>([^<]{1,80})<\/Code>/.exec(text)?.[1];
    // What is not there, or may not be read, is so the next time too.
    if (response.status < 500 && response.status !== 429 && response.status !== 408)
      return batchError('AUR_JOB_REFUSED', { url: this.shown(name), status: code ?? response.status });
    return batchError('AUR_JOB_STORE', { place: this.shown(name), reason: code ?? `status ${response.status}` });
  }

  private readonly shown = (name: string) => `${this.place.replace(/\/$/, '')}/${name}`;
}

/** @throws AUR_JOB_STORE */
export function parseS3(address: string): { bucket: string; key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(address) ?? [];
  if (bucket === undefined)
    throw batchError('AUR_JOB_STORE', { place: address, reason: 'expected s3://bucket or s3://bucket/prefix' });
  return { bucket, key };
}

function openBucket(bucket: string, place: string): Bucket {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY)
    throw batchError('AUR_JOB_STORE', { place, reason: 'expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY' });
  const region = AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1';
  const endpoint = AWS_ENDPOINT_URL_S3 ?? AWS_ENDPOINT_URL;
  return {
    client: new AwsClient({
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
      service: 's3',
      region,
      retries: RETRIES,
    }),
    base: endpoint ? `${endpoint.replace(/\/$/, '')}/${bucket}/` : `https://${bucket}.s3.${region}.amazonaws.com/`,
  };
}
