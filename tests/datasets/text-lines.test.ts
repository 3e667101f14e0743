import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines, type TextLine, writeLines } from '@auricle/datasets';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from './files.js';

async function linesOf(path: string): Promise<TextLine[]> {
  const lines: TextLine[] = [];
  for await (const line of readLines(path)) lines.push(line);
  return lines;
}

describe('readLines', () => {
  it('gives the lines that are not blank with their numbers and places, for any text', async () => {
    const path = join(await temporaryFolder(), 'text');
    // U+2028 ends a line for some readers, and is an ordinary character in JSON.
    const piece = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\r\n', '\n\n', ' ', '\u2028'));
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        const text = pieces.join('').replace(/\r(?!\n)/g, '');
        await writeFile(path, text);
        const expected = text
          .replace(/^\uFEFF/, '')
          .split(/\r?\n/)
          .map((content, i) => ({ line: i + 1, content }))
          .filter(({ content }) => content.trim() !== '');
        const lines = await linesOf(path);
        expect(lines.map(({ line, content }) => ({ line, content }))).toEqual(expected);
        const bytes = await readFile(path);
        for (const { offset, bytes: length, content } of lines)
          expect(
            bytes
              .toString('utf8', offset, offset + length)
              .replace(/^\uFEFF/, '')
              .trim(),
          ).toBe(content.trim());
      }),
      { numRuns: 60 },
    );
  });

  it('joins lines and characters that lie across the blocks it reads', async () => {
    const path = join(await temporaryFolder(), 'text');
    const expected = Array.from({ length: 40 }, (_, i) => `${i}${'ü€😀'.repeat(4000 + i)}`);
    await writeFile(path, expected.join('\n'));
    expect((await linesOf(path)).map(({ content }) => content)).toEqual(expected);
  });

  it('names the file that is missing, and a folder', async () => {
    const folder = await temporaryFolder();
    for (const path of [join(folder, 'none'), folder])
      await expect(linesOf(path)).rejects.toMatchObject({
        code: 'AUR_MANIFEST_MISSING',
        message: expect.stringContaining(path),
      });
  });

  it('refuses a line that never ends instead of holding it', async () => {
    const path = join(await temporaryFolder(), 'text');
    await writeFile(path, Buffer.concat([Buffer.from('one\n'), Buffer.alloc(17 * 2 ** 20, 'x')]));
    await expect(linesOf(path)).rejects.toMatchObject({
      code: 'AUR_MANIFEST_LINE_LENGTH',
      message: expect.stringContaining(`${path}:2: longer than 16777216 bytes`),
    });
  });
});

describe('writeLines', () => {
  it('puts all files in place together, into folders that it makes', async () => {
    const folder = await temporaryFolder();
    const paths = [join(folder, 'a/one'), join(folder, 'b/two')];
    const result = await writeLines(paths, async ([one, two]) => {
      await one.write('x');
      await two.write('y');
      await one.write('z');
      return 7;
    });
    expect(result).toBe(7);
    expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual(['x\nz\n', 'y\n']);
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['a', 'a/one', 'b', 'b/two']);
  });

  it('leaves the old files and nothing else when its source fails', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'one');
    await writeFile(path, 'old');
    const broken = writeLines([path, join(folder, 'two')], async ([one]) => {
      await one.write('x'.repeat(2 ** 20));
      throw new Error('source broke');
    });
    await expect(broken).rejects.toThrow('source broke');
    expect(await readdir(folder)).toEqual(['one']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('names the file that cannot be written', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    const path = join(folder, 'file/inside');
    await expect(writeLines([path], async () => undefined)).rejects.toMatchObject({
      code: 'AUR_MANIFEST_WRITE',
      message: expect.stringContaining(path),
    });
  });
});
