/** A text goes in, a file comes out that is always whole: a reader, and a kill, find the one before or the new one. */
import { renameSync, writeFileSync } from 'node:fs';

export function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.partial`, text);
  renameSync(`${path}.partial`, path);
}
