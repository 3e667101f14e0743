import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checksum, type DownloadOptions, downloadFile } from '@auricle/datasets/download';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './files.js';
import {
  cutInTheMiddle,
  type Manners,
  serveArchives,
  withoutRanges,
  withRanges,
  withStatus,
} from './recipes/archive-server.js';

const BYTES = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i) % 251));
const digestOf = (algorithm: Checksum['algorithm'], bytes = BYTES): Checksum => ({
  algorithm,
  digest: createHash(algorithm).update(bytes).digest('hex'),
});
const SHA256 = digestOf('sha256');

/** A server with these manners, a place for the file, and a download of it that waits a millisecond in place of a second. */
async function prepared(...manners: Manners[]) {
  const server = await serveArchives({ 'corpus.tar.gz': BYTES }, ...manners);
  const folder = await temporaryFolder();
  const path = join(folder, 'corpus.tar.gz');
  const notices: string[] = [];
  const url = `${server.url}/corpus.tar.gz`;
  const download = (file = {}, options: DownloadOptions = {}) =>
    downloadFile({ url, checksum: SHA256, ...file }, path, {
      firstPauseMs: 1,
      onNotice: (notice) => notices.push(notice),
      ...options,
    });
  return { ...server, url, folder, path, notices, download };
}

describe('downloadFile', () => {
  it.each(['sha256', 'md5'] as const)(
    'writes the whole file, checks its %s and says how far it is',
    async (algorithm) => {
      const { download, folder, path, notices } = await prepared();
      const seen: unknown[] = [];
      await download(
        { checksum: digestOf(algorithm), bytes: 5000 },
        { onProgress: (...progress) => seen.push(progress) },
      );
      expect(await readFile(path)).toEqual(BYTES);
      expect(await readdir(folder)).toEqual(['corpus.tar.gz']);
      expect(seen.at(-1)).toEqual([5000, 5000, 'corpus.tar.gz']);
      expect(notices).toEqual([]);
    },
  );

  it('continues after every cut, and says that it does', async () => {
    const { download, path, requests, notices } = await prepared(cutInTheMiddle, cutInTheMiddle, withRanges);
    await download();
    expect(await readFile(path)).toEqual(BYTES);
    expect(requests).toEqual(['corpus.tar.gz', 'corpus.tar.gz bytes=2500-', 'corpus.tar.gz bytes=3750-']);
    expect(notices).toEqual([
      expect.stringMatching(/corpus\.tar\.gz: broke off after 2500 bytes: aborted; attempt 2 of 6 in 0\.001 s$/),
      expect.stringMatching(/corpus\.tar\.gz: broke off after 3750 bytes: aborted; attempt 3 of 6 in 0\.002 s$/),
    ]);
  });

  it('begins anew after a cut where the server continues nothing', async () => {
    const { download, path, requests } = await prepared(cutInTheMiddle, withoutRanges);
    await download();
    expect(await readFile(path)).toEqual(BYTES);
    expect(requests).toEqual(['corpus.tar.gz', 'corpus.tar.gz bytes=2500-']);
  });

  it('gives up after the last attempt, keeps what came, and a further call continues', async () => {
    const { download, path, url, folder, requests } = await prepared(cutInTheMiddle, cutInTheMiddle, withRanges);
    await expect(download({}, { attempts: 2 })).rejects.toMatchObject({
      code: 'AUR_RECIPE_DOWNLOAD',
      message: `${url}: broke off after 3750 bytes: aborted`,
    });
    expect(await readdir(folder)).toEqual(['corpus.tar.gz.partial']);
    await download();
    expect(await readFile(path)).toEqual(BYTES);
    expect(requests.at(-1)).toBe('corpus.tar.gz bytes=3750-');
  });

  it('asks an overloaded server again', async () => {
    const { download, path, requests } = await prepared(withStatus(503), withStatus(429), withRanges);
    await download();
    expect(await readFile(path)).toEqual(BYTES);
    expect(requests).toHaveLength(3);
  });

  it('asks once for what is not there', async () => {
    const { download, url, folder, requests } = await prepared(withStatus(404));
    await expect(download()).rejects.toMatchObject({
      code: 'AUR_RECIPE_DOWNLOAD',
      message: `${url}: status 404 Not Found`,
    });
    expect(requests).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('asks once where nothing listens', async () => {
    const { download, notices } = await prepared();
    // The port that discards; nothing may be fetched from it.
    await expect(download({ url: 'http://127.0.0.1:9/x' })).rejects.toMatchObject({
      code: 'AUR_RECIPE_DOWNLOAD',
      message: expect.stringContaining('http://127.0.0.1:9/x: connect ECONNREFUSED'),
    });
    expect(notices).toEqual([]);
  });

  it.each(['ftp://127.0.0.1/x', 'https://', 'corpus.tar.gz'])('refuses the address %s', async (url) => {
    const { download } = await prepared();
    await expect(download({ url })).rejects.toMatchObject({
      code: 'AUR_RECIPE_DOWNLOAD',
      message: `${url}: expected an address that begins with http:// or https://`,
    });
  });

  it('keeps the signature of an address to itself', async () => {
    const { download, url } = await prepared(withStatus(403));
    const refusal = download({ url: `${url}?signature=secret` });
    await expect(refusal).rejects.toMatchObject({ message: `${url}: status 403 Forbidden` });
  });

  it('goes where it is sent, at most five times', async () => {
    const { url } = await prepared();
    const sendOn =
      (to: string): Manners =>
      (_, __, response) =>
        void response.writeHead(302, { location: to }).end();
    const there = await prepared(sendOn(url));
    await there.download();
    expect(await readFile(there.path)).toEqual(BYTES);

    const { download, requests } = await prepared(sendOn('corpus.tar.gz'));
    await expect(download()).rejects.toMatchObject({ message: expect.stringContaining('sent on more than 5 times') });
    expect(requests).toHaveLength(6);
  });

  it('takes the bytes as they are sent, whatever the server calls them', async () => {
    const { download, path } = await prepared((bytes, _, response) => {
      response.writeHead(200, { 'content-encoding': 'x-gzip', 'content-length': bytes.length }).end(bytes);
    });
    await download();
    expect(await readFile(path)).toEqual(BYTES);
  });

  it.each([
    ['a whole file that was not renamed', BYTES, 1],
    ['the remains of a longer file', Buffer.concat([BYTES, BYTES]), 2],
  ])('gets the file in spite of %s', async (_, leftOver, expectedRequests) => {
    const { download, path, requests } = await prepared();
    await writeFile(`${path}.partial`, leftOver);
    await download();
    expect(await readFile(path)).toEqual(BYTES);
    expect(requests).toHaveLength(expectedRequests);
  });

  it('asks nobody for a whole file whose size it knows', async () => {
    const { download, path, requests } = await prepared();
    await writeFile(`${path}.partial`, BYTES);
    await download({ bytes: 5000 });
    expect(await readFile(path)).toEqual(BYTES);
    expect(requests).toEqual([]);
  });

  it('refuses a server that continues from another place', async () => {
    const { download, path, url } = await prepared((bytes, _, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-4999/5000' }).end(bytes);
    });
    await writeFile(`${path}.partial`, BYTES.subarray(0, 100));
    await expect(download()).rejects.toMatchObject({
      message: `${url}: asked for the bytes from 100, was sent "bytes 0-4999/5000"`,
    });
  });

  it('refuses a wrong checksum, naming what was seen and expected, and begins anew the next time', async () => {
    const { download, folder, path, requests } = await prepared();
    const expected = 'a'.repeat(64);
    await expect(download({ checksum: { algorithm: 'sha256', digest: expected } })).rejects.toMatchObject({
      code: 'AUR_RECIPE_CHECKSUM',
      message: `${path}.partial: its sha256 is ${SHA256.digest}: expected ${expected}`,
    });
    expect(await readdir(folder)).toEqual([]);
    await download();
    expect(requests).toEqual(['corpus.tar.gz', 'corpus.tar.gz']);
  });

  it('finds remains of another file by the checksum', async () => {
    const { download, folder, path } = await prepared();
    await writeFile(`${path}.partial`, Buffer.alloc(2500));
    await expect(download()).rejects.toMatchObject({ code: 'AUR_RECIPE_CHECKSUM' });
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a wrong size before it fetches the file', async () => {
    const { download, folder, url } = await prepared();
    await expect(download({ bytes: 6000 })).rejects.toMatchObject({
      code: 'AUR_RECIPE_SIZE',
      message: `${url}: has 5000 bytes: expected 6000`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says that a file of which no checksum is known was not checked', async () => {
    const { download, path, notices } = await prepared();
    await download({ checksum: undefined });
    expect(await readFile(path)).toEqual(BYTES);
    expect(notices).toEqual(['corpus.tar.gz: not checked, as no checksum of it is known here']);
  });

  it('does not ask again when the disk refuses', async () => {
    const { download, path, requests } = await prepared();
    // A folder in the place of the file.
    await mkdir(`${path}.partial`);
    await expect(download()).rejects.toMatchObject({
      code: 'AUR_MANIFEST_WRITE',
      message: expect.stringContaining(`${path}.partial: cannot be written: EISDIR`),
    });
    expect(requests.length).toBeLessThanOrEqual(1);
  });
});
