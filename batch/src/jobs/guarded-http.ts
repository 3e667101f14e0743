/** Addresses that others have chosen go in; requests are made only where the service may be led to: not to its own network, unless it is told so. */
import { once } from 'node:events';
import { type IncomingMessage, request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type RequestFilteringAgentOptions, useAgent } from 'request-filtering-agent';
import { batchError } from '../errors.js';
import type { LocalFile } from '../stores/store.js';
import { temporaryFile } from '../stores/temporary-file.js';

export interface Reach {
  /** names, or `*.example.com` for all below; none: all */
  hosts: readonly string[];
  /** whether names and addresses may be those of private networks, and of this machine */
  privateAddresses: boolean;
  /** of a recording */
  maxBytes: number;
}

export const DEFAULT_REACH: Reach = { hosts: [], privateAddresses: false, maxBytes: 2 ** 30 };

const MOST_REDIRECTS = 5;
/** Without a byte, after which a request has failed, ms. */
const SILENCE = 30_000;

export class GuardedHttp {
  constructor(private readonly reach: Reach = DEFAULT_REACH) {}

  /** @throws AUR_JOB_URL */
  check(address: string): URL {
    const fail = (reason: string) => batchError('AUR_JOB_URL', { url: address.slice(0, 200), reason });
    const url = parsed(address);
    if (!url || !/^https?:$/.test(url.protocol)) throw fail('expected an http or https address');
    if (url.username || url.password) throw fail('expected no name and password in it');
    const { hosts } = this.reach;
    if (hosts.length > 0 && !hosts.some((host) => matches(url.hostname, host)))
      throw fail('the host is none of those allowed');
    return url;
  }

  /** @throws AUR_JOB_URL, AUR_JOB_DOWNLOAD, AUR_JOB_REFUSED, AUR_JOB_TOO_LARGE */
  async download(address: string, signal: AbortSignal): Promise<LocalFile> {
    let url = this.check(address);
    for (let left = MOST_REDIRECTS; ; left--) {
      const response = await this.request(url, { method: 'GET', signal });
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        response.destroy();
        if (left === 0) throw batchError('AUR_JOB_URL', { url: address, reason: 'leads from one address to the next' });
        url = this.check(new URL(headers.location, url).href);
        continue;
      }
      if (statusCode !== 200) {
        response.destroy();
        throw isPassing(statusCode)
          ? batchError('AUR_JOB_DOWNLOAD', { url: address, reason: `the host answers ${statusCode}` })
          : batchError('AUR_JOB_REFUSED', { url: address, status: statusCode });
      }
      return this.save(address, response, signal);
    }
  }

  /** @returns the status of the answer
   *  @throws AUR_JOB_URL, AUR_JOB_DOWNLOAD */
  async post(address: string, headers: Record<string, string>, body: string, signal: AbortSignal): Promise<number> {
    const response = await this.request(this.check(address), { method: 'POST', headers, signal }, body);
    response.destroy();
    return response.statusCode ?? 0;
  }

  private async request(url: URL, options: RequestOptions, body?: string): Promise<IncomingMessage> {
    const filter: RequestFilteringAgentOptions = {
      allowPrivateIPAddress: this.reach.privateAddresses,
      allowMetaIPAddress: this.reach.privateAddresses,
    };
    const make = url.protocol === 'https:' ? tlsRequest : plainRequest;
    try {
      const request = make(url, {
        ...options,
        agent: useAgent(url.href, filter),
        timeout: SILENCE,
        headers: { 'User-Agent': 'auricle', 'Accept-Encoding': 'identity', ...options.headers },
      });
      request.on('timeout', () => request.destroy(new Error(`nothing came for ${SILENCE / 1000} s`)));
      request.end(body);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      // What comes later is told by reading it.
      request.on('error', () => undefined);
      return response;
    } catch (cause) {
      options.signal?.throwIfAborted();
      const { message } = cause as Error;
      if (/is not allowed/.test(message))
        throw batchError('AUR_JOB_URL', { url: url.href, reason: 'leads into a private network' }, { cause });
      throw batchError('AUR_JOB_DOWNLOAD', { url: url.href, reason: message }, { cause });
    }
  }

  private async save(url: string, response: IncomingMessage, signal: AbortSignal): Promise<LocalFile> {
    const { maxBytes } = this.reach;
    const bounded = async function* () {
      let bytes = 0;
      for await (const piece of response as AsyncIterable<Buffer>) {
        bytes += piece.length;
        if (bytes > maxBytes) throw batchError('AUR_JOB_TOO_LARGE', { url, limit: maxBytes });
        yield piece;
      }
      if (!response.complete) throw new Error('the connection was lost');
    };
    try {
      return await temporaryFile(bounded(), signal);
    } catch (cause) {
      response.destroy();
      signal.throwIfAborted();
      if ((cause as { code?: string }).code === 'AUR_JOB_TOO_LARGE') throw cause;
      throw batchError('AUR_JOB_DOWNLOAD', { url, reason: (cause as Error).message }, { cause });
    }
  }
}

/** Whether it may be another the next time. */
export const isPassing = (status: number): boolean => status >= 500 || status === 408 || status === 429;

const matches = (name: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) : name === pattern;

function parsed(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
