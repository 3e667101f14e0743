/** The name of a foreign client's program goes in, its path comes out, or a printed reason why its tests are skipped. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Made by `node scripts/setup-clients.mjs`. */
const FOLDER = process.env.AURICLE_CLIENTS ?? join(import.meta.dirname, '../../.cache/clients/bin');

export function clientProgram(name: string): string | undefined {
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  console.log(`skipped: no ${path}: node scripts/setup-clients.mjs installs it (AURICLE_CLIENTS names another folder)`);
  return undefined;
}

/** A program of the system. */
export function systemProgram(name: string): string | undefined {
  const found = (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, name)));
  if (found) return name;
  console.log(`skipped: no ${name} on the PATH`);
  return undefined;
}

/** Does the work of each in turn, a few at a time.
 *  @returns results in the order of the items */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]);
  };
  await Promise.all(Array.from({ length: most }, worker));
  return results;
}

/** @param seconds that it may take
 *  @returns stdout and stderr together; rejects with both where the program fails */
export async function output(program: string, args: readonly string[], seconds = 110): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { timeout: 1000 * seconds });
    return stdout + stderr;
  } catch (cause) {
    const { stdout, stderr } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${(cause as Error).message}\n${stdout}${stderr}`, { cause });
  }
}
