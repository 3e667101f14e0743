/** The name of a guide goes in, its commands and a way to run them in a folder of their own come out. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface Guide {
  text: string;
  /** every line of its `sh` blocks, as it stands */
  commands: string[];
  /** the first block of that language */
  block: (language: string) => string;
  /** where the commands run */
  folder: string;
  at: (name: string) => string;
  /** @returns what the command printed */
  run: (command: string) => string;
  remove: () => Promise<void>;
}

export async function openGuide(name: string): Promise<Guide> {
  const folder = await mkdtemp(join(tmpdir(), 'auricle-guide-'));
  const text = await readFile(join(ROOT, 'docs/guides', name), 'utf8');
  const blocks = (language: string) =>
    [...text.matchAll(/^```(\w+)\n(.*?)^```/gms)].filter((match) => match[1] === language).map((match) => match[2]);
  return {
    text,
    commands: blocks('sh').flatMap((block) => block.trim().split('\n')),
    block: (language) => blocks(language)[0],
    folder,
    at: (file) => join(folder, file),
    run: (command) => {
      const [npx, auricle, ...options] = command.split(' ');
      if (npx !== 'npx' || auricle !== 'auricle') throw new Error(`${command}: expected npx auricle …`);
      const program = [join(ROOT, 'cli/bin/auricle.js'), ...options];
      return execFileSync(process.execPath, program, { cwd: folder, encoding: 'utf8' });
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
