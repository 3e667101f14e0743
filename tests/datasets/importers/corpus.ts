/** Names and contents go in, a corpus on disk comes out; an importer goes in, everything it yields comes out. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Draft, Imported, Refusal } from '@auricle/datasets/importers/write-import';
import { temporaryFolder, tone, wavBytes } from '../files.js';

/** Half a second of a tone. */
export const WAV = wavBytes(tone(0.5, 8000), 8000);

/** @returns its folder, which is gone after the test */
export async function corpus(files: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export async function collect(imported: Imported): Promise<{ drafts: Draft[]; refused: Refusal[] }> {
  const drafts: Draft[] = [];
  const refused: Refusal[] = [];
  for await (const entry of imported) {
    if ('refusal' in entry) refused.push(entry.refusal);
    else drafts.push(entry.draft);
  }
  return { drafts, refused };
}

/** The codes and places of refusals. */
export const places = (refused: readonly Refusal[]) => refused.map(({ code, where }) => [code, where]);
