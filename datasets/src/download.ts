/** An address goes in, a checked file comes out; a download that was cut is continued. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { datasetError } from './errors.js';

export interface Checksum {
  algorithm: 'md5' | 'sha256';
  /** hexadecimal, lower case */
  digest: string;
}

export interface RemoteFile {
  url: string;
  /** its size, where it is known */
  bytes?: number;
  /** where it is known */
  checksum?: Checksum;
}

/** Bytes on disk so far and in all, which a server need not tell, of the file of this name. */
export type Progress = (received: number, total: number | undefined, name: string) => void;

export interface DownloadOptions {
  onProgress?: Progress;
  /** what a person should know though nothing failed: a pause before another attempt, a check that could not be made */
  onNotice?: (notice: string) => void;
  /** how often the server is asked, at the most, before a cut download is given up (default 6) */
  attempts?: number;
  /** the pause before the second attempt (default 1,000); every further one is twice as long */
  firstPauseMs?: number;
}

/** A server that sends nothing for so long has gone. */
const SILENCE_MS = 60_000;
const MOST_REDIRECTS = 5;

/** Downloads to `${path}.partial` and renames when it is whole and as it should be. What is there of it already is continued if the
 *  server can, else begun anew; after a cut connection or an overloaded server's answer it is asked again, after a pause.
 *  @throws AUR_RECIPE_DOWNLOAD, after which a further call continues; AUR_RECIPE_SIZE, AUR_RECIPE_CHECKSUM, after which it begins anew;
 *  AUR_MANIFEST_WRITE */
export async function downloadFile(file: RemoteFile, path: string, options: DownloadOptions = {}): Promise<void> {
  const { onNotice, attempts = 6, firstPauseMs = 1000 } = options;
  if (!/^https?:/.test(file.url) || !URL.canParse(file.url))
    throw datasetError('AUR_RECIPE_DOWNLOAD', {
      url: shown(file.url),
      reason: 'expected an address that begins with http:// or https://',
    });
  const partial = `${path}.partial`;
  await writing(path, () => mkdir(dirname(path), { recursive: true }));
  const state = { hasAnswered: false };
  for (let attempt = 1; ; attempt++) {
    try {
      await continueDownload(file, partial, state, options.onProgress);
      break;
    } catch (error) {
      if (!(error instanceof PassingTrouble)) throw error;
      const { message: reason, cause } = error;
      if (attempt >= attempts) throw datasetError('AUR_RECIPE_DOWNLOAD', { url: shown(file.url), reason }, { cause });
      const pauseMs = firstPauseMs * 2 ** (attempt - 1);
      onNotice?.(`${shown(file.url)}: ${reason}; attempt ${attempt + 1} of ${attempts} in ${pauseMs / 1000} s`);
      await delay(pauseMs);
    }
  }
  try {
    await verifyFile(partial, file, onNotice);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await writing(path, () => rename(partial, path));
}

async function writing(path: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (cause) {
    throw datasetError('AUR_MANIFEST_WRITE', { path, reason: (cause as Error).message }, { cause });
  }
}

/** What may be over at the next attempt. */
class PassingTrouble extends Error {}

async function continueDownload(
  file: RemoteFile,
  partial: string,
  state: { hasAnswered: boolean },
  onProgress: Progress | undefined,
): Promise<void> {
  const present = await sizeOf(partial);
  if (present > 0 && present === file.bytes) return;
  let answer: IncomingMessage;
  try {
    answer = await ask(new URL(file.url), present > 0 ? { range: `bytes=${present}-` } : {});
  } catch (cause) {
    const reason = reasonOf(cause);
    // Before the first answer it is a wrong address or no network, which waiting will not mend.
    if (state.hasAnswered) throw new PassingTrouble(reason, { cause });
    throw datasetError('AUR_RECIPE_DOWNLOAD', { url: shown(file.url), reason }, { cause });
  }
  state.hasAnswered = true;
  try {
    if (answer.statusCode === 416 && present > 0) {
      // Nothing lies beyond what is here: it is whole already, or left over from another file.
      if (answer.headers['content-range'] === `bytes */${present}`) return;
      await rm(partial);
      return await continueDownload(file, partial, state, onProgress);
    }
    await save(answer, partial, acceptedRange(answer, present, file), (received, total) =>
      onProgress?.(received, total, fileNameOf(file.url)),
    );
  } finally {
    answer.destroy();
  }
}

/** @returns where the answer starts in the file, and the file's size as far as it is known; throws for an answer that is no use */
function acceptedRange({ statusCode = 0, statusMessage, headers }: IncomingMessage, present: number, file: RemoteFile) {
  const url = shown(file.url);
  const status = `status ${statusCode} ${statusMessage}`.trimEnd();
  if (statusCode === 429 || statusCode >= 500) throw new PassingTrouble(status);
  if (statusCode !== 200 && statusCode !== 206) throw datasetError('AUR_RECIPE_DOWNLOAD', { url, reason: status });
  const start = statusCode === 206 ? present : 0;
  if (statusCode === 206 && !headers['content-range']?.startsWith(`bytes ${present}-`)) {
    const reason = `asked for the bytes from ${present}, was sent "${headers['content-range']}"`;
    throw datasetError('AUR_RECIPE_DOWNLOAD', { url, reason });
  }
  const length = headers['content-length'];
  const total = length === undefined ? file.bytes : start + Number(length);
  if (file.bytes !== undefined && total !== file.bytes)
    throw datasetError('AUR_RECIPE_SIZE', { path: url, seen: total, expected: file.bytes });
  return { start, total };
}

async function save(
  answer: IncomingMessage,
  partial: string,
  { start, total }: { start: number; total: number | undefined },
  onProgress: (received: number, total: number | undefined) => void,
): Promise<void> {
  let received = start;
  let cut: PassingTrouble | undefined;
  async function* chunks() {
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        received += chunk.length;
        yield chunk;
        onProgress(received, total);
      }
    } catch (cause) {
      // Not thrown here, for the file would lose what is not written yet.
      cut = new PassingTrouble(`broke off after ${received} bytes: ${reasonOf(cause)}`, { cause });
    }
  }
  await writing(partial, () => pipeline(chunks, createWriteStream(partial, { flags: start > 0 ? 'a' : 'w' })));
  if (cut) throw cut;
  if (total !== undefined && received < total) throw new PassingTrouble(`ended after ${received} of ${total} bytes`);
}

/** Node's own client, for the bytes as they are sent: `fetch` unpacks what a server labels as packed, and many label archives so. */
async function ask(url: URL, headers: Record<string, string>, redirects = MOST_REDIRECTS): Promise<IncomingMessage> {
  const get = url.protocol === 'https:' ? httpsGet : httpGet;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = get(url, { headers, timeout: SILENCE_MS }, resolve);
    request.on('error', reject);
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${SILENCE_MS / 1000} s`)));
  });
  const { statusCode = 0, headers: answered } = answer;
  if (![301, 302, 303, 307, 308].includes(statusCode) || !answered.location) return answer;
  answer.destroy();
  if (redirects === 0) throw new Error(`sent on more than ${MOST_REDIRECTS} times`);
  return ask(new URL(answered.location, url), headers, redirects - 1);
}

/** @param onNotice is told when no checksum is known
 *  @throws AUR_RECIPE_SIZE, AUR_RECIPE_CHECKSUM naming the file, what was seen and what was expected */
export async function verifyFile(
  path: string,
  { url, bytes, checksum }: RemoteFile,
  onNotice?: (notice: string) => void,
): Promise<void> {
  const size = await sizeOf(path);
  if (bytes !== undefined && size !== bytes)
    throw datasetError('AUR_RECIPE_SIZE', { path, seen: size, expected: bytes });
  if (!checksum) {
    onNotice?.(`${fileNameOf(url)}: not checked, as no checksum of it is known here`);
    return;
  }
  const hash = createHash(checksum.algorithm);
  await pipeline(createReadStream(path), hash);
  const seen = hash.digest('hex');
  if (seen !== checksum.digest)
    throw datasetError('AUR_RECIPE_CHECKSUM', {
      path,
      algorithm: checksum.algorithm,
      seen,
      expected: checksum.digest,
    });
}

/** The last part of an address. */
export const fileNameOf = (url: string): string => basename(new URL(url).pathname);

// What follows the question mark may be a signature, which is nobody else's business.
const shown = (url: string) => url.split('?')[0];

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

/** A refusal by several addresses of one name has no message of its own. */
const reasonOf = (error: unknown): string => (error as Error).message || String((error as NodeJS.ErrnoException).code);
