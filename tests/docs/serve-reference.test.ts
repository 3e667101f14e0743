/** docs/reference/serve.md is what its script makes of the schema that checks the service's settings. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-reference-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the reference of the service’s settings', () => {
  it('is up to date: else run node scripts/serve-reference.mjs', async () => {
    const fresh = join(folder, 'serve.md');
    execFileSync(process.execPath, [join(ROOT, 'scripts/serve-reference.mjs'), fresh]);
    const text = await readFile(join(ROOT, 'docs/reference/serve.md'), 'utf8');
    expect(text).toBe(await readFile(fresh, 'utf8'));
    const rows = text.split('\n').filter((line) => /^\| `/.test(line));
    expect(rows.length).toBeGreaterThan(35);
    expect(rows.filter((row) => /\| +\|$/.test(row))).toEqual([]);
  });
});
