import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackFolder } from '@auricle/datasets/recipes/unpack';
import { create, Header } from 'tar';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from '../files.js';
import { type Files, HAS_BZIP2, packed } from './miniatures.js';

const FILES: Files = {
  'corpus/wavs/a.wav': 'first',
  'corpus/wavs/deep/b.wav': 'second',
  'corpus/README': 'about',
  'other/c': 'x',
};

/** An archive in a folder of its own, and the place for what comes out of it. */
async function archived(name: string, bytes: Buffer) {
  const folder = await temporaryFolder();
  const archive = join(folder, name);
  await writeFile(archive, bytes);
  return { folder, archive, target: join(folder, 'new', 'wavs') };
}

/** An archive of one file, as no honest program writes it. */
function tarOf(path: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  new Header({ path, size: content.length, mode: 0o644, type: 'File', mtime: new Date(0) }).encode(header);
  return Buffer.concat([header, Buffer.from(content.padEnd(512, '\0')), Buffer.alloc(1024)]);
}

describe.each(['corpus.zip', 'corpus.tar.gz', ...(HAS_BZIP2 ? ['corpus.tar.bz2'] : [])])(
  'unpackFolder of %s',
  (name) => {
    it('gives one folder of it, and nothing else', async () => {
      const { folder, archive, target } = await archived(name, await packed(name, FILES));
      await unpackFolder(archive, 'corpus/wavs', target, ['a.wav', 'deep']);
      expect((await readdir(target, { recursive: true })).sort()).toEqual(['a.wav', 'deep', 'deep/b.wav']);
      expect(await readFile(join(target, 'deep', 'b.wav'), 'utf8')).toBe('second');
      expect((await readdir(folder)).sort()).toEqual([name, 'new']);
      expect(await readdir(join(folder, 'new'))).toEqual(['wavs']);
    });

    it('gives all of it', async () => {
      const { archive, target } = await archived(name, await packed(name, FILES));
      await unpackFolder(archive, '', target, []);
      expect((await readdir(target)).sort()).toEqual(['corpus', 'other']);
    });

    it('says so when nothing in it is wanted', async () => {
      const { archive, target } = await archived(name, await packed(name, { 'other/c': 'x' }));
      await expect(unpackFolder(archive, 'corpus/wavs', target, [])).rejects.toMatchObject({
        code: 'AUR_RECIPE_NO_FILES',
      });
    });

    it.each([
      ['cut', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2))],
      ['something else', () => Buffer.from('<html>sign in first</html>')],
      ['empty', () => Buffer.alloc(0)],
    ])('leaves nothing of one that is %s', async (_, damaged) => {
      const { folder, archive, target } = await archived(name, damaged(await packed(name, FILES)));
      await expect(unpackFolder(archive, 'corpus/wavs', target, [])).rejects.toMatchObject({
        code: expect.stringMatching(/^AUR_RECIPE_(ARCHIVE|NO_FILES)$/),
        message: expect.stringContaining(archive),
      });
      expect(await readdir(folder, { recursive: true })).toEqual(expect.arrayContaining([name]));
      expect(await readdir(join(folder, 'new')).catch(() => [])).toEqual([]);
    });

    it.each([
      [{ bytes: 1_000_000, files: 100 }, 'more than 1000000 bytes'],
      [{ bytes: 10_000_000, files: 3 }, 'more than 3 files'],
    ])('refuses one that holds more than %j before it is on disk', async (limits, told) => {
      const files = { ...FILES, 'corpus/zeros': Buffer.alloc(2_000_000) };
      const { folder, archive, target } = await archived(name, await packed(name, files));
      await expect(unpackFolder(archive, '', target, [], limits)).rejects.toMatchObject({
        code: 'AUR_RECIPE_ARCHIVE',
        message: expect.stringContaining(told),
      });
      expect(await readdir(folder)).toEqual(expect.arrayContaining([name]));
      expect(await readdir(join(folder, 'new')).catch(() => [])).toEqual([]);
      await unpackFolder(archive, '', target, [], { bytes: 10_000_000, files: 100 });
    });

    it('names an archive that is not there', async () => {
      const folder = await temporaryFolder();
      await expect(unpackFolder(join(folder, name), '', join(folder, 'x'), [])).rejects.toMatchObject({
        code: 'AUR_RECIPE_ARCHIVE',
        message: expect.stringContaining(join(folder, name)),
      });
    });
  },
);

describe('unpackFolder', () => {
  it('replaces what an interrupted call left', async () => {
    const { archive, target } = await archived('x.zip', await packed('x.zip', FILES));
    await unpackFolder(archive, '', `${target}.partial`, []);
    await unpackFolder(archive, 'corpus/*', target, []);
    expect((await readdir(target)).sort()).toEqual(['a.wav', 'deep']);
    expect(await readdir(join(target, '..'))).toEqual(['wavs']);
  });

  it('takes a folder whose name varies, but not two', async () => {
    const files = { 'cv-17/en/train.tsv': '1', 'cv-17/README': 'not in a folder of it' };
    const one = await archived('x.tar.gz', await packed('x.tar.gz', files));
    await unpackFolder(one.archive, '*/*', one.target, ['train.tsv']);
    expect(await readdir(one.target)).toEqual(['train.tsv']);

    const two = await archived('x.tar.gz', await packed('x.tar.gz', { ...files, 'cv-17/de/train.tsv': '2' }));
    await expect(unpackFolder(two.archive, '*/*', two.target, [])).rejects.toMatchObject({
      code: 'AUR_RECIPE_ARCHIVE',
      message: expect.stringMatching(/expected one folder \*\/\*, found cv-17\/(en, cv-17\/de|de, cv-17\/en)/),
    });
  });

  it('leaves links out', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'a'), 'content');
    await symlink('/etc', join(folder, 'b'));
    const archive = join(folder, 'x.tar');
    await create({ file: archive, cwd: folder }, ['a', 'b']);
    await unpackFolder(archive, '', join(folder, 'out'), []);
    expect(await readdir(join(folder, 'out'))).toEqual(['a']);
  });

  it.each(['../outside', '/tmp/auricle-outside', 'corpus/../../outside'])('refuses to write to %s', async (path) => {
    const { folder, archive, target } = await archived('x.tar', tarOf(path, 'content'));
    await expect(unpackFolder(archive, '', target, [])).rejects.toMatchObject({ code: 'AUR_RECIPE_ARCHIVE' });
    expect((await readdir(folder)).sort()).toEqual(['new', 'x.tar']);
  });

  it('says that bzip2 is missing', async () => {
    const { archive, target } = await archived('x.tar.bz2', Buffer.from('BZh9'));
    const before = process.env.PATH;
    onTestFinished(() => {
      process.env.PATH = before;
    });
    process.env.PATH = '';
    await expect(unpackFolder(archive, '', target, [])).rejects.toMatchObject({
      code: 'AUR_RECIPE_UNPACKER',
      message: `${archive}: to unpack it, the program bzip2 must be on the PATH; or unpack it by other means and prepare that folder`,
    });
  });
});
