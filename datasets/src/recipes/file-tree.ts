/** A folder goes in; what of a corpus is in it comes out. */
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { datasetError } from '../errors.js';

export const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** @returns the first of the folders `<folder>/<name>` and `folder` itself that has the marker in it */
export async function findRoot(folder: string, name: string, marker: string): Promise<string | undefined> {
  for (const root of [join(folder, name), folder]) if (await isThere(join(root, marker))) return root;
  return undefined;
}

/** As `findRoot`.
 *  @throws AUR_RECIPE_NO_FILES */
export async function corpusRoot(folder: string, name: string, marker: string): Promise<string> {
  const root = await findRoot(folder, name, marker);
  if (root !== undefined) return root;
  throw datasetError('AUR_RECIPE_NO_FILES', { folder, expected: `"${marker}" in it or in its folder "${name}"` });
}

/** The paths of the files below a folder that end so, in order, with `/` between their parts; none where there is no folder. */
export async function filesBelow(folder: string, ending: string): Promise<string[]> {
  if (!(await isThere(folder))) return [];
  const files = await readdir(folder, { recursive: true });
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => file.split(sep).join('/'))
    .sort();
}
