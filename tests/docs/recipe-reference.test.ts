/** docs/reference/recipe.md is what its script makes of the schema that checks recipes. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const SCRIPT = join(ROOT, 'scripts/recipe-reference.mjs');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-reference-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the reference of recipes', () => {
  it('is up to date: else run node scripts/recipe-reference.mjs', async () => {
    const fresh = join(folder, 'recipe.md');
    execFileSync(process.execPath, [SCRIPT, fresh]);
    expect(await readFile(join(ROOT, 'docs/reference/recipe.md'), 'utf8')).toBe(await readFile(fresh, 'utf8'));
  });

  it('has a meaning for every key, and every section of a recipe', async () => {
    const text = await readFile(join(ROOT, 'docs/reference/recipe.md'), 'utf8');
    const rows = text.split('\n').filter((line) => /^\| `/.test(line));
    expect(rows.length).toBeGreaterThan(80);
    expect(rows.filter((row) => /\| +\|$/.test(row))).toEqual([]);
    for (const section of ['start', 'data', 'model', 'loss', 'regularisation', 'batches', 'augment', 'optimiser'])
      expect(text).toContain(`\n## ${section}\n`);
  });
});
