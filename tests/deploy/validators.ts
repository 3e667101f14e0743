/** Programs that check files of other programs: the name of one goes in, its path comes out, or a printed reason why its tests are skipped. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');
/** Made by `node scripts/setup-validators.mjs`. */
const FOLDER = process.env.AURICLE_VALIDATORS ?? join(ROOT, '.cache/validators/bin');

export function validator(name: string): string | undefined {
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  console.log(
    `skipped: no ${path}: node scripts/setup-validators.mjs installs it (AURICLE_VALIDATORS names another folder)`,
  );
  return undefined;
}

export interface Checked {
  status: number | null;
  printed: string;
}

export function check(program: string, args: readonly string[], input?: string): Checked {
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' });
  return { status, printed: stdout + stderr };
}
