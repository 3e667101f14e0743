import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { downloadFsdd, loadPcm, prepareFsdd, readManifest } from '@auricle/datasets';
import { create } from 'tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder, tone, wavBytes } from '../files.js';

const CORPUS = join(process.env.AURICLE_CORPORA ?? resolve('../shared/corpora'), 'fsdd');
const ONE_OF_EACH_SPLIT = ['3_theo_4.wav', '0_theo_5.wav', '9_theo_44.wav', '7_george_45.wav', '7_george_49.wav'];

async function writeRecordings(folder: string, names: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of names) await writeFile(join(folder, name), wavBytes(tone(0.25, 8000), 8000));
}

/** The bytes of an archive laid out as the official one. */
async function archiveOf(recordings: readonly string[], folder = 'recordings'): Promise<Buffer> {
  const work = await temporaryFolder();
  const root = join(work, 'free-spoken-digit-dataset-1.0.10');
  await writeRecordings(join(root, folder), recordings);
  await writeFile(join(root, 'README.md'), 'not wanted');
  const file = join(work, 'archive.tar.gz');
  await create({ file, cwd: work, gzip: true }, ['free-spoken-digit-dataset-1.0.10']);
  return readFile(file);
}

/** A server on a free port for the length of the test. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers.range);
    handle(request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fsdd.tar.gz`, requests };
}

/** Answers ranges as a static file server does. */
function sendRange(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= bytes.length) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
  const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from, ...(from > 0 && range) });
  response.end(bytes.subarray(from));
}

describe('downloadFsdd', () => {
  it('unpacks the recordings, and nothing else, and reports its progress', async () => {
    const archive = await archiveOf(ONE_OF_EACH_SPLIT);
    const { url, requests } = await serve((request, response) => sendRange(archive, request, response));
    const target = join(await temporaryFolder(), 'deep', 'fsdd');
    const seen: [number, number | undefined][] = [];
    const recordings = await downloadFsdd(target, { url, onProgress: (...progress) => seen.push(progress) });
    expect(await readdir(target)).toEqual(['recordings']);
    expect((await readdir(recordings)).sort()).toEqual(ONE_OF_EACH_SPLIT.toSorted());
    expect(seen.at(-1)).toEqual([archive.length, archive.length]);

    await downloadFsdd(target, { url });
    expect(requests).toHaveLength(1);
  });

  it('continues where a broken download stopped', async () => {
    const archive = await archiveOf(ONE_OF_EACH_SPLIT);
    const half = Math.floor(archive.length / 2);
    let broken = false;
    const { url, requests } = await serve((request, response) => {
      if (broken) return sendRange(archive, request, response);
      broken = true;
      response.writeHead(200, { 'content-length': archive.length });
      response.write(archive.subarray(0, half), () => response.destroy());
    });
    const target = await temporaryFolder();
    await expect(downloadFsdd(target, { url })).rejects.toMatchObject({ code: 'AUR_RECIPE_DOWNLOAD' });
    expect(await readdir(target)).toEqual(['fsdd.tar.gz.partial']);
    const kept = (await readFile(join(target, 'fsdd.tar.gz.partial'))).length;

    const recordings = await downloadFsdd(target, { url });
    expect(requests).toEqual([undefined, kept > 0 ? `bytes=${kept}-` : undefined]);
    expect(await readdir(recordings)).toHaveLength(ONE_OF_EACH_SPLIT.length);
  });

  it.each([
    ['a server that continues nothing', (size: number) => Math.floor(size / 2), 1],
    ['a whole file that was not renamed', (size: number) => size, 1],
    ['remains of a longer file', (size: number) => size + 10, 2],
  ])('gets the whole archive in spite of %s', async (name, leftOver, expectedRequests) => {
    const archive = await archiveOf(ONE_OF_EACH_SPLIT);
    const { url, requests } = await serve((request, response) => {
      if (name.includes('continues nothing')) response.end(archive);
      else sendRange(archive, request, response);
    });
    const target = await temporaryFolder();
    const size = leftOver(archive.length);
    const rest = Buffer.alloc(Math.max(0, size - archive.length));
    await writeFile(join(target, 'fsdd.tar.gz.partial'), Buffer.concat([archive, rest]).subarray(0, size));
    expect(await readdir(await downloadFsdd(target, { url }))).toHaveLength(ONE_OF_EACH_SPLIT.length);
    expect(requests).toHaveLength(expectedRequests);
  });

  it('names the address and the status of a refusal', async () => {
    const { url } = await serve((_, response) => response.writeHead(404).end('gone'));
    await expect(downloadFsdd(await temporaryFolder(), { url })).rejects.toMatchObject({
      code: 'AUR_RECIPE_DOWNLOAD',
      message: `${url}: status 404 Not Found`,
    });
  });

  it('names an address where nothing listens', async () => {
    // The port that discards; nothing may be fetched from it.
    await expect(downloadFsdd(await temporaryFolder(), { url: 'http://127.0.0.1:9/x' })).rejects.toMatchObject({
      code: 'AUR_RECIPE_DOWNLOAD',
      message: expect.stringContaining('http://127.0.0.1:9/x: fetch failed'),
    });
  });

  it.each([
    ['no archive', async () => Buffer.from('<html>sign in first</html>'), 'AUR_RECIPE_ARCHIVE'],
    ['a cut archive', async () => (await archiveOf(ONE_OF_EACH_SPLIT)).subarray(0, 300), 'AUR_RECIPE_ARCHIVE'],
    ['an archive of something else', () => archiveOf(['a.wav'], 'pictures'), 'AUR_RECIPE_NO_FILES'],
  ])('leaves nothing behind of %s, so that the next call starts anew', async (_, bytes, code) => {
    const bad = await bytes();
    const good = await archiveOf(ONE_OF_EACH_SPLIT);
    const answers = [bad, good];
    const { url } = await serve((_request, response) => response.end(answers.shift()));
    const target = await temporaryFolder();
    await expect(downloadFsdd(target, { url })).rejects.toMatchObject({ code });
    expect(await readdir(target)).toEqual([]);
    expect(await readdir(await downloadFsdd(target, { url }))).toHaveLength(ONE_OF_EACH_SPLIT.length);
  });
});

describe('prepareFsdd', () => {
  it('splits by the index, texts by the digit, and leaves other files out', async () => {
    const folder = await temporaryFolder();
    const recordings = join(folder, 'recordings');
    await writeRecordings(recordings, [...ONE_OF_EACH_SPLIT, '12_theo_1.wav', 'theo.wav', '1_theo_1.mp3']);
    const out = join(folder, 'manifests', 'fsdd');
    expect(await prepareFsdd(recordings, out)).toEqual({ test: 1, train: 2, dev: 2 });

    const [test] = await readManifest(join(out, 'test.jsonl'));
    expect(test).toEqual({
      audio_filepath: '../../recordings/3_theo_4.wav',
      duration: 0.25,
      text: 'three',
      speaker: 'theo',
      lang: 'en',
    });
    expect((await loadPcm(join(out, 'test.jsonl'), test)).samples).toHaveLength(2000);
    const texts = async (split: string) => (await readManifest(join(out, `${split}.jsonl`))).map((u) => u.text);
    expect(await texts('train')).toEqual(['zero', 'nine']);
    expect(await texts('dev')).toEqual(['seven', 'seven']);
  });

  it('finds recordings in folders of their speakers', async () => {
    const folder = await temporaryFolder();
    await writeRecordings(join(folder, 'audio', 'theo'), ['1_theo_10.wav']);
    await writeRecordings(join(folder, 'audio', 'lucas'), ['1_lucas_10.wav']);
    expect(await prepareFsdd(folder, folder)).toEqual({ train: 2, dev: 0, test: 0 });
    const paths = (await readManifest(join(folder, 'train.jsonl'))).map((u) => u.audio_filepath);
    expect(paths).toEqual(['audio/lucas/1_lucas_10.wav', 'audio/theo/1_theo_10.wav']);
  });

  it('names a folder without recordings, and one that is missing', async () => {
    const folder = await temporaryFolder();
    for (const bad of [folder, join(folder, 'gone')])
      await expect(prepareFsdd(bad, folder)).rejects.toMatchObject({
        code: 'AUR_RECIPE_NO_FILES',
        message: `${bad}: found no recording named like 7_jackson_32.wav`,
      });
  });

  it('names a recording that does not decode', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, '1_theo_10.wav'), 'damaged');
    await expect(prepareFsdd(folder, folder)).rejects.toMatchObject({
      code: 'AUR_AUDIO_UNKNOWN_FORMAT',
      message: expect.stringContaining('1_theo_10.wav'),
    });
  });

  it('makes the official test split of the real corpus', async (context) => {
    if (!existsSync(CORPUS)) {
      console.log(`skipped: no corpus at ${CORPUS} (set AURICLE_CORPORA)`);
      return context.skip();
    }
    const out = await temporaryFolder();
    expect(await prepareFsdd(join(CORPUS, 'audio'), out)).toEqual({ train: 2400, dev: 300, test: 300 });
    const utterances = async (path: string) =>
      (await readManifest(path)).map((u) => `${u.audio_filepath?.split('/').at(-1)} ${u.text}`).sort();
    expect(await utterances(join(out, 'test.jsonl'))).toEqual(await utterances(join(CORPUS, 'test.jsonl')));
  });
});
