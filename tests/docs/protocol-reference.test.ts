/** The tables of docs/reference/protocols are what their script makes of the schemas that check the messages. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGES = join(ROOT, 'docs/reference/protocols');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-protocols-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the pages about protocols', () => {
  it('are up to date: else run node scripts/protocol-reference.mjs', async () => {
    execFileSync(process.execPath, [join(ROOT, 'scripts/protocol-reference.mjs'), folder]);
    const pages = await readdir(folder);
    expect(pages.sort()).toEqual(['deepgram.md', 'openai.md', 'sherpa-onnx.md', 'vosk.md']);
    for (const page of pages) {
      const text = await readFile(join(PAGES, page), 'utf8');
      expect(text).toBe(await readFile(join(folder, page), 'utf8'));
      expect(text).not.toContain('undefined');
    }
  });

  it('tell of every parameter of Deepgram what it does', async () => {
    const text = await readFile(join(PAGES, 'deepgram.md'), 'utf8');
    const [, live] = text.split('<!-- made: parameters -->');
    const rows = live
      .split('<!-- end -->')[0]
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((row) => /\| +\|$/.test(row))).toEqual([]);
  });
});
