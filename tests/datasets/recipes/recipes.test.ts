import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FetchOptions } from '@auricle/datasets/recipes/archives';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../files.js';
import { cutInTheMiddle, type Manners, serveArchives, withRanges } from './archive-server.js';
import { type Files, MINIATURES, packed } from './miniatures.js';

type Archives = Readonly<Record<string, Files>>;

/** A mirror with the archives, which says what their checksums are. */
async function mirrorOf(archives: Archives, ...manners: Manners[]) {
  const bytes: Record<string, Buffer> = {};
  for (const [name, files] of Object.entries(archives)) bytes[name] = await packed(name, files);
  const server = await serveArchives(bytes, ...manners);
  const known = Object.fromEntries(
    Object.entries(bytes).map(([name, content]) => [
      name,
      {
        bytes: content.length,
        checksum: { algorithm: 'sha256' as const, digest: createHash('sha256').update(content).digest('hex') },
      },
    ]),
  );
  const options: FetchOptions = { mirror: server.url, known, firstPauseMs: 1 };
  return { ...server, bytes, options };
}

const jsonLines = async (path: string) =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** The line with its audio's path below `../corpus`, where the manifests lie in a folder beside it. */
const fromBeside = <T extends object>(line: T): T =>
  'audio_filepath' in line ? { ...line, audio_filepath: `../corpus/${line.audio_filepath}` } : line;

describe.each(MINIATURES)('the recipe of $corpus', (miniature) => {
  const { archives, download, prepare, manifests, quarantine, indispensable } = miniature;
  const [firstName, firstFiles] = Object.entries(archives)[0];

  it('fetches it over a connection that is cut, and prepares it', async () => {
    const folder = await temporaryFolder();
    const { options, requests, bytes } = await mirrorOf(archives, cutInTheMiddle, withRanges);
    await download(join(folder, 'corpus'), options);
    const middle = Math.ceil(bytes[firstName].length / 2);
    expect(requests.slice(0, 2)).toEqual([firstName, `${firstName} bytes=${middle}-`]);
    expect(requests).toHaveLength(Object.keys(archives).length + 1);
    for (const left of await readdir(join(folder, 'corpus'), { recursive: true }))
      expect(left).not.toMatch(/\.partial|\.zip$|\.t?gz$|\.bz2$|SPEAKERS|README\.md/);

    const out = join(folder, 'manifests');
    const expected = Object.entries(manifests).map(([split, lines]) => {
      const defects = quarantine.filter((defect) => defect[1] === split);
      return { split, lines, defects };
    });
    expect(await prepare(join(folder, 'corpus'), out)).toEqual(
      Object.fromEntries(
        expected.map(({ split, lines, defects }) => [split, { entries: lines.length, quarantined: defects.length }]),
      ),
    );
    expect((await readdir(out)).sort()).toEqual(
      expected
        .flatMap(({ split, defects }) => [
          `${split}.jsonl`,
          ...(defects.length > 0 ? [`${split}.quarantine.jsonl`] : []),
        ])
        .sort(),
    );
    for (const { split, lines, defects } of expected) {
      expect(await jsonLines(join(out, `${split}.jsonl`))).toEqual(lines.map(fromBeside));
      if (defects.length === 0) continue;
      const reasons = await jsonLines(join(out, `${split}.quarantine.jsonl`));
      expect(reasons.map(({ recording, code }) => [recording.audio_filepath, code])).toEqual(
        defects.map(([audio, , code]) => [audio && `../corpus/${audio}`, code]),
      );
      for (const { message } of reasons) expect(message).toMatch(/\S/);
    }
  });

  it('fetches nothing again that is there', async () => {
    const folder = await temporaryFolder();
    const { options, requests } = await mirrorOf(archives);
    await download(folder, options);
    const fetched = requests.length;
    await download(folder, options);
    expect(requests).toHaveLength(fetched);
  });

  it('refuses an archive with a wrong checksum, and leaves nothing of it', async () => {
    const folder = await temporaryFolder();
    const { options, bytes } = await mirrorOf(archives);
    const digest = 'f'.repeat(64);
    const known = { [firstName]: { checksum: { algorithm: 'sha256' as const, digest } } };
    const seen = createHash('sha256').update(bytes[firstName]).digest('hex');
    await expect(download(folder, { ...options, known })).rejects.toMatchObject({
      code: 'AUR_RECIPE_CHECKSUM',
      message: `${join(folder, firstName)}.partial: its sha256 is ${seen}: expected ${digest}`,
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('names what is missing in an archive, and leaves nothing of it', async () => {
    const folder = await temporaryFolder();
    const rest = Object.entries(firstFiles).filter(([path]) => !path.startsWith(indispensable.paths));
    const { options } = await mirrorOf({ ...archives, [firstName]: Object.fromEntries([...rest, ['other/x', 'y']]) });
    await expect(download(folder, options)).rejects.toMatchObject({
      code: 'AUR_RECIPE_NO_FILES',
      message: `${join(folder, firstName)}: found no ${indispensable.name}`,
    });
    expect(await readdir(folder)).not.toContain(firstName);
    await expect(prepare(folder, join(folder, 'out'))).rejects.toMatchObject({ code: 'AUR_RECIPE_NO_FILES' });
    expect(await readdir(join(folder, 'out')).catch(() => [])).toEqual([]);
  });

  it('names an archive that the server does not have', async () => {
    const { url, options } = await mirrorOf({});
    await expect(download(await temporaryFolder(), options)).rejects.toMatchObject({
      code: 'AUR_RECIPE_DOWNLOAD',
      message: `${url}/${firstName}: status 404 Not Found`,
    });
  });

  it('names a folder that is not the corpus', async () => {
    const folder = await temporaryFolder();
    await expect(prepare(join(folder, 'gone'), folder)).rejects.toMatchObject({
      code: 'AUR_RECIPE_NO_FILES',
      message: expect.stringContaining(join(folder, 'gone')),
    });
  });
});

describe.each(MINIATURES.filter(({ isUnchecked }) => !isUnchecked))(
  'the recipe of $corpus',
  ({ archives, download }) => {
    it('takes nothing for the official archive that is not it', async () => {
      const folder = await temporaryFolder();
      const { options } = await mirrorOf(archives);
      await expect(download(folder, { ...options, known: undefined })).rejects.toMatchObject({
        code: expect.stringMatching(/^AUR_RECIPE_(SIZE|CHECKSUM)$/),
        message: expect.stringContaining(Object.keys(archives)[0]),
      });
      expect(await readdir(folder)).toEqual([]);
    });
  },
);

describe('fetchArchives', () => {
  const { download, archives } = MINIATURES.find(({ corpus }) => corpus === 'AN4')!;
  const [name] = Object.keys(archives);

  it('uses an archive that lies there already, and leaves it there', async () => {
    const folder = await temporaryFolder();
    const { options, bytes, requests } = await mirrorOf(archives);
    await writeFile(join(folder, name), bytes[name]);
    await download(folder, options);
    expect((await readdir(folder)).sort()).toEqual(['an4', name]);
    expect(requests).toEqual([]);
  });

  it('refuses an archive that lies there and is another one, and leaves it there', async () => {
    const folder = await temporaryFolder();
    const { options, bytes } = await mirrorOf(archives);
    await writeFile(join(folder, name), bytes[name].subarray(1));
    await expect(download(folder, options)).rejects.toMatchObject({
      code: 'AUR_RECIPE_SIZE',
      message: `${join(folder, name)}: has ${bytes[name].length - 1} bytes: expected ${bytes[name].length}`,
    });
    expect(await readdir(folder)).toEqual([name]);
  });

  it('says what it does without a checksum', async () => {
    const notices: string[] = [];
    const { options } = await mirrorOf(archives);
    await download(await temporaryFolder(), {
      ...options,
      known: undefined,
      onNotice: (notice) => notices.push(notice),
    });
    expect(notices).toEqual([`${name}: not checked, as no checksum of it is known here`, `${name}: unpacking`]);
  });

  it('is not confused by a mirror whose address ends with a slash', async () => {
    const folder = await temporaryFolder();
    const { options } = await mirrorOf(archives);
    await download(folder, { ...options, mirror: `${options.mirror}/` });
    expect(await readdir(folder)).toEqual(['an4']);
  });
});
