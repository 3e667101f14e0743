/** Where API keys are kept goes in, a ring of them comes out, and again whenever they have changed. */
import { readFile, unwatchFile, watchFile } from 'node:fs';
import { promisify } from 'node:util';
import { servingError } from '../errors.js';
import { KeyRing, parseKeyFile, parseKeyList } from './keys.js';

export interface KeySource {
  /** file of `auricle keys` */
  keyFile?: string;
  /** `name:key`, several with commas between them, as an environment variable holds them */
  keyList?: string;
}

const read = promisify(readFile);

/** @returns undefined when neither is given: then the service is open to everyone
 *  @throws AUR_ACCESS_CONFIG */
export async function loadKeys({ keyFile, keyList }: KeySource): Promise<KeyRing | undefined> {
  if (keyFile === undefined && keyList === undefined) return undefined;
  const listed = keyList === undefined ? [] : parseKeyList(keyList, 'AURICLE_KEYS');
  return new KeyRing([...listed, ...(keyFile === undefined ? [] : parseKeyFile(await textOf(keyFile), keyFile))]);
}

async function textOf(file: string): Promise<string> {
  try {
    return await read(file, 'utf8');
  } catch (cause) {
    throw servingError('AUR_ACCESS_CONFIG', { source: file, problems: (cause as Error).message }, { cause });
  }
}

/** Calls back when one of the files has changed. By looking, not by events: those do not come where a file is a link into a folder that is exchanged as a whole,
 *  as Kubernetes does, or lies on another machine.
 *  @returns ends it */
export function watchFiles(files: readonly string[], everyMs: number, onChange: () => void): () => void {
  for (const file of files) watchFile(file, { interval: everyMs, persistent: false }, onChange);
  return () => {
    for (const file of files) unwatchFile(file, onChange);
  };
}
