/** What a comparison needs besides this project: each need is asked for and answers with the version that is there (empty where it has none), or with the reason
 *  why the comparison cannot be made. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const ROOT = join(import.meta.dirname, '../..');
const PEERS = '.cache/peers';
/** Paths here and in commands are relative to the root, so that commands can be repeated elsewhere. */
export const PYTHON = `${PEERS}/python/bin/python`;

/** @param setup what installs it */
export const pypi = (name, setup = 'npm run setup:peers') => ({
  name,
  find: () =>
    run(join(ROOT, PYTHON), ['-c', 'import importlib.metadata as m, sys; print(m.version(sys.argv[1]))', name]).then(
      ({ stdout }) => ({ version: stdout.trim() }),
      () => ({ missing: `${name} is not installed: ${setup}` }),
    ),
});

/** Of the peers or of the locked packages. */
export const npm = (name) => ({
  name,
  find: async () => {
    for (const folder of [PEERS, '.']) {
      const text = await readFile(join(ROOT, folder, 'node_modules', name, 'package.json'), 'utf8').catch(() => '');
      if (text) return { version: JSON.parse(text).version };
    }
    return { missing: `${name} is not installed: npm run setup:peers` };
  },
});

/** @param advice how it comes to be there */
export const file = (path, advice) => ({
  name: path,
  find: async () => (existsSync(join(ROOT, path)) ? { version: '' } : { missing: `no ${path}: ${advice}` }),
});

/** A program that is run by its path, or found in PATH. */
export const program = (path, advice) => ({
  name: path,
  find: () =>
    run(path, ['--help'], { cwd: ROOT }).then(
      () => ({ version: '' }),
      ({ code }) => (code === 'ENOENT' ? { missing: `no ${path}: ${advice}` } : { version: '' }),
    ),
});

/** @returns the versions of what is needed, by name, or the reasons why it is not all there */
export async function findNeeds(needs) {
  const found = await Promise.all(needs.map(async ({ name, find }) => ({ name, ...(await find()) })));
  const missing = found.flatMap((need) => need.missing ?? []);
  const versions = Object.fromEntries(
    found.filter(({ version }) => version).map(({ name, version }) => [name, version]),
  );
  return { versions, missing };
}
