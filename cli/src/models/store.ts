/** A model's name goes in, its folder comes out: a path, one that was added, or one that comes with Auricle. */
import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';
import { cliError } from '../errors.js';

const BUNDLED = fileURLToPath(new URL('../../../models', import.meta.url));

/** Where models are added: AURICLE_MODELS, else the user's folder for data of programs. */
export const storeFolder = (): string =>
  process.env.AURICLE_MODELS || join(envPaths('auricle', { suffix: '' }).data, 'models');

/** @throws AUR_MODELS_NAME for a name that would not be a plain folder of the store */
export function checkName(name: string): string {
  if (!/^[\p{L}\p{N}_-][\p{L}\p{N}._-]{0,127}$/u.test(name)) throw cliError('AUR_MODELS_NAME', { name });
  return name;
}

const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

/** A path is taken as it is; a plain name is a folder here, else one of the store, else one of the models that come along.
 *  @throws AUR_MODELS_UNKNOWN */
export async function modelFolder(nameOrPath: string): Promise<string> {
  if (nameOrPath.includes('/') || nameOrPath.includes(sep) || (await isFolder(nameOrPath))) return nameOrPath;
  const places = [storeFolder(), BUNDLED];
  for (const place of places) if (await isFolder(join(place, nameOrPath))) return join(place, nameOrPath);
  throw cliError('AUR_MODELS_UNKNOWN', { name: nameOrPath, places: places.join(' and ') });
}

export interface StoredModel {
  name: string;
  path: string;
}

/** Those added first, then those that come along; a name that is there twice means the added one. */
export async function storedModels(): Promise<StoredModel[]> {
  const found = new Map<string, StoredModel>();
  for (const place of [storeFolder(), BUNDLED])
    for (const { name } of await readdir(place, { withFileTypes: true }).catch(() => []))
      if (!name.startsWith('.') && !found.has(name) && (await isFolder(join(place, name))))
        found.set(name, { name, path: join(place, name) });
  return [...found.values()];
}
