/** `auricle models` from folders, archives and addresses, honest ones and others; what was added is found by name. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { encodeModel } from '@auricle/bundle';
import { type AddOptions, addModel } from '@auricle/cli/models/add-model';
import { modelFolder, storedModels } from '@auricle/cli/models/store';
import { Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../datasets/files.js';
import {
  cutInTheMiddle,
  type Manners,
  serveArchives,
  withoutRanges,
  withRanges,
} from '../datasets/recipes/archive-server.js';
import { type Files, HAS_BZIP2, packed } from '../datasets/recipes/miniatures.js';
import { randomModel, TOKENS, writeModel } from '../serving/foreign/random-models.js';

const BIN = join(import.meta.dirname, '../../cli/bin/auricle.js');
const MODELS = join(import.meta.dirname, '../../models');
const RECORDING = join(MODELS, 'digits-en/recording.wav');
const run = promisify(execFile);
const auricle = (...args: string[]) => run(process.execPath, [BIN, ...args]);

let store: string;
beforeEach(async () => {
  store = join(await temporaryFolder(), 'models');
  process.env.AURICLE_MODELS = store;
});
afterEach(() => {
  delete process.env.AURICLE_MODELS;
});

const onnx = (family: Parameters<typeof randomModel>[0] = 'zipformer2-ctc') =>
  Buffer.from(encodeModel(randomModel(family)));
const tokens = Buffer.from(TOKENS.map((token, id) => `${token} ${id}\n`).join(''));
/** Laid out as sherpa-onnx publishes its models. */
const published = (): Files => ({
  'sherpa-onnx-streaming-tiny/ctc-epoch-20-avg-1-chunk-16-left-128.onnx': onnx(),
  'sherpa-onnx-streaming-tiny/ctc-epoch-20-avg-1-chunk-16-left-128.int8.onnx': onnx(),
  'sherpa-onnx-streaming-tiny/tokens.txt': tokens,
  'sherpa-onnx-streaming-tiny/README.md': Buffer.from('a model'),
  'sherpa-onnx-streaming-tiny/test_wavs/0.wav': Buffer.from('no model'),
});
const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** Nothing of it may be left, neither whole nor half. */
const refused = async (source: string, code: string, told: string, options: AddOptions = {}) => {
  await expect(addModel(source, { firstPauseMs: 1, ...options })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(told),
  });
  const left = (await readdir(store).catch(() => [])).filter((name) => name !== '.downloads');
  expect(left).toEqual([]);
};

describe('a folder', () => {
  it('is copied under its name, checked and tried out, and then found by name', async () => {
    const dir = await writeModel(join(await temporaryFolder(), 'tone-small'), 't-one-ctc');
    const { stdout } = await auricle('models', 'add', dir);
    expect(stdout).toContain(`tone-small: ${join(store, 'tone-small')}`);
    expect((await readdir(join(store, 'tone-small'))).sort()).toEqual(['model.onnx', 'origin.json', 'tokens.txt']);
    const byName = await auricle('transcribe', '--model', 'tone-small', RECORDING);
    const byPath = await auricle('transcribe', '--model', dir, RECORDING);
    expect(byName.stdout).toBe(byPath.stdout);
    expect(byName.stdout.length).toBeGreaterThan(5);
  });

  it('is listed beside the models that come along, and removed', async () => {
    await addModel(join(MODELS, 'digits-en'), { name: 'mine' });
    const listed = (await auricle('models', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(listed.find(({ name }) => name === 'mine')).toMatchObject({
      path: join(store, 'mine'),
      kind: 'nemo-ctc',
      precisions: ['float', 'int8'],
      bytes: expect.any(Number),
    });
    expect(listed.map(({ name }) => name)).toContain('digits-en');
    expect(await modelFolder('mine')).toBe(join(store, 'mine'));
    expect((await auricle('models', 'path', 'mine')).stdout.trim()).toBe(join(store, 'mine'));
    await auricle('models', 'remove', 'mine');
    expect((await storedModels()).map(({ name }) => name)).not.toContain('mine');
    await expect(modelFolder('mine')).rejects.toMatchObject({ code: 'AUR_MODELS_UNKNOWN' });
  });

  it('does not take the place of another unless it is told to', async () => {
    const dir = await writeModel(join(await temporaryFolder(), 'small'), 'nemo-ctc');
    await addModel(dir);
    await expect(addModel(dir)).rejects.toMatchObject({ code: 'AUR_MODELS_THERE' });
    const other = await writeModel(join(await temporaryFolder(), 'small'), 'zipformer2-ctc');
    await addModel(other, { force: true });
    expect(await readFile(join(store, 'small', 'model.onnx'))).toEqual(await readFile(join(other, 'model.onnx')));
  });

  it('of a model that cannot be loaded is refused, and the one of its name stays', async () => {
    const dir = await writeModel(join(await temporaryFolder(), 'small'), 'nemo-ctc');
    await addModel(dir);
    const bad = await writeModel(join(await temporaryFolder(), 'small'), 'nemo-ctc', (model) => {
      model.opsets[''] = 99;
    });
    await expect(addModel(bad, { force: true })).rejects.toMatchObject({ code: 'AUR_SERVING_MODEL' });
    expect(await readFile(join(store, 'small', 'model.onnx'))).toEqual(await readFile(join(dir, 'model.onnx')));
  });

  it.each<[string, Record<string, Buffer>, string]>([
    ['nothing', { 'README.md': tokens }, 'no .onnx file'],
    ['a model in parts', { 'encoder.onnx': tokens, 'decoder.onnx': tokens, 'tokens.txt': tokens }, 'a model in parts'],
    ['no tokens', { 'model.onnx': tokens }, 'no tokens.txt'],
    [
      'two models',
      { 'a.onnx': tokens, 'b.onnx': tokens, 'tokens.txt': tokens },
      '2 files that may be the float model (a.onnx, b.onnx)',
    ],
    ['half precision alone', { 'a.fp16.onnx': tokens, 'tokens.txt': tokens }, 'only a.fp16.onnx'],
  ])('with %s is refused', async (_, files, told) => {
    const dir = join(await temporaryFolder(), 'folder');
    await mkdir(dir);
    for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, name), bytes);
    await refused(dir, 'AUR_MODELS_LAYOUT', told);
  });

  it.each(['..', '../x', '.hidden', 'a/b', ''])('cannot be named "%s"', async (name) => {
    const dir = await writeModel(join(await temporaryFolder(), 'small'), 'nemo-ctc');
    await refused(dir, 'AUR_MODELS_NAME', '--name', { name });
  });
});

const archives = ['tiny.zip', 'tiny.tar.gz', ...(HAS_BZIP2 ? ['tiny.tar.bz2'] : [])];

describe.each(archives)('an archive %s', (name) => {
  it('gives a model in both precisions', async () => {
    const archive = join(await temporaryFolder(), name);
    const bytes = await packed(name, published());
    await writeFile(archive, bytes);
    const added = await addModel(archive, { sha256: digestOf(bytes).toUpperCase() });
    expect(added).toEqual({ name: 'tiny', path: join(store, 'tiny'), sha256: digestOf(bytes) });
    expect((await readdir(added.path)).sort()).toEqual([
      'README.md',
      'model.int8.onnx',
      'model.onnx',
      'origin.json',
      'tokens.txt',
    ]);
    expect(await readdir(store)).toEqual(['tiny']);
  });

  it('of another checksum, cut, or of something else is refused', async () => {
    const archive = join(await temporaryFolder(), name);
    const bytes = await packed(name, published());
    await writeFile(archive, bytes);
    await refused(archive, 'AUR_MODELS_SOURCE', digestOf(bytes), { sha256: '0'.repeat(64) });
    await writeFile(archive, bytes.subarray(0, bytes.length / 2));
    await refused(archive, 'AUR_RECIPE_ARCHIVE', archive);
    await writeFile(archive, 'no archive');
    await expect(addModel(archive)).rejects.toMatchObject({ code: expect.stringMatching(/^AUR_(RECIPE|MODELS)_/) });
  });
});

describe('an archive with paths that leave its folder', () => {
  it('writes nothing outside', async () => {
    const folder = await temporaryFolder();
    const header = (path: string, size: number) => {
      const block = Buffer.alloc(512);
      new Header({ path, size, mode: 0o644, type: 'File', mtime: new Date(0) }).encode(block);
      return block;
    };
    const paths = ['../../../escaped.onnx', `${folder}/escaped.onnx`];
    const entries = paths.flatMap((path) => [header(path, 4), Buffer.from('evil'.padEnd(512, '\0'))]);
    const tar = join(folder, 'evil.tar');
    await writeFile(tar, Buffer.concat([...entries, Buffer.alloc(1024)]));
    await expect(addModel(tar)).rejects.toMatchObject({ code: expect.stringMatching(/^AUR_(RECIPE|MODELS)_/) });
    const zip = join(folder, 'evil.zip');
    const honest = await packed('evil.zip', { 'ab/escaped.onnx': 'evil' });
    await writeFile(zip, Buffer.from(honest.toString('latin1').replaceAll('ab/escaped', '../escaped'), 'latin1'));
    await expect(addModel(zip)).rejects.toMatchObject({ code: expect.stringMatching(/^AUR_(RECIPE|MODELS)_/) });
    const all = await readdir(join(store, '..'), { recursive: true });
    expect([...all, ...(await readdir(folder))].filter((file) => file.includes('escaped'))).toEqual([]);
  });
});

describe('an address', () => {
  const name = 'tiny.tar.gz';
  async function served(...manners: Manners[]) {
    const bytes = await packed(name, published());
    const server = await serveArchives({ [name]: bytes }, ...manners);
    return { ...server, bytes, url: `${server.url}/${name}?token=secret` };
  }

  it('is downloaded, continued where it broke off, checked, and leaves nothing but the model', async () => {
    const { url, bytes, requests } = await served(cutInTheMiddle, cutInTheMiddle, withRanges);
    const added = await addModel(url, { sha256: digestOf(bytes), firstPauseMs: 1 });
    // How much of a cut answer arrives is the network's business.
    const starts = requests.map((request) => Number(/ bytes=(\d+)-$/.exec(request)?.[1] ?? 0));
    expect(starts).toHaveLength(3);
    expect(starts[0]).toBe(0);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1]);
    expect(added.sha256).toBe(digestOf(bytes));
    expect(await readdir(join(store, '.downloads'))).toEqual([]);
    const origin = JSON.parse(await readFile(join(added.path, 'origin.json'), 'utf8'));
    expect(origin).toMatchObject({ sha256: digestOf(bytes), source: url.split('?')[0] });
  });

  it('is continued by the next call after it was given up', async () => {
    const { url, bytes, requests } = await served(...Array.from({ length: 6 }, () => cutInTheMiddle), withRanges);
    await refused(url, 'AUR_RECIPE_DOWNLOAD', 'broke off');
    await addModel(url, { sha256: digestOf(bytes) });
    expect(requests.at(-1)).toMatch(/ bytes=\d+-$/);
  });

  it('of a server without ranges is begun anew', async () => {
    const { url, bytes } = await served(cutInTheMiddle, withoutRanges);
    await addModel(url, { sha256: digestOf(bytes), firstPauseMs: 1 });
    expect(await modelFolder('tiny')).toBe(join(store, 'tiny'));
  });

  it('of a server that promises less than there is, or more, adds nothing', async () => {
    const less: Manners = (bytes, _, response) =>
      void response.writeHead(200, { 'content-length': bytes.length - 100 }).end(bytes.subarray(0, bytes.length - 100));
    const first = await served(less);
    await refused(first.url, 'AUR_RECIPE_CHECKSUM', digestOf(first.bytes), { sha256: digestOf(first.bytes) });
    await refused(first.url, 'AUR_RECIPE_ARCHIVE', 'cannot be unpacked');
    const more: Manners = (bytes, _, response) => {
      response.writeHead(200, { 'content-length': bytes.length + 100 });
      response.write(bytes, () => response.socket?.end());
    };
    const second = await served(more);
    await refused(second.url, 'AUR_RECIPE_DOWNLOAD', 'broke off');
  });

  it('that has other bytes than the checksum says is refused, and asked anew the next time', async () => {
    const { url, requests } = await served();
    await refused(url, 'AUR_RECIPE_CHECKSUM', '0000', { sha256: '0'.repeat(64) });
    await addModel(url);
    expect(requests).toEqual([name, name]);
  });

  it('of nothing, or of no archive, is refused', async () => {
    const { url } = await served();
    await refused(url.replace('tiny', 'other'), 'AUR_RECIPE_DOWNLOAD', '404');
    await refused(url.replace('tar.gz', 'txt'), 'AUR_MODELS_SOURCE', '.tar.bz2');
  });
});
