/** A folder of recordings with their texts in `.txt` files beside them goes in, its utterances come out. */
import { readFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { filesUnder, isAudioName, stemOf } from './audio-files.js';
import { type Imported, refused } from './write-import.js';

/** `a/b.wav` has its text in `a/b.txt`, at any depth; line ends in a text become spaces.
 *  @throws AUR_IMPORT_SOURCE */
export async function* importFolder(folder: string): Imported {
  const files = await filesUnder(folder);
  const texts = new Map(files.filter((f) => extname(f).toLowerCase() === '.txt').map((f) => [stemOf(f), f]));
  const withAudio = new Set<string>();
  for (const file of files.filter(isAudioName)) {
    const path = resolve(folder, file);
    const text = texts.get(stemOf(file));
    withAudio.add(stemOf(file));
    if (text === undefined) {
      yield refused(path, 'AUR_IMPORT_NO_TEXT', { where: path, expected: `${stemOf(path)}.txt` });
      continue;
    }
    const textPath = join(folder, text);
    const content = await readFile(textPath, 'utf8').catch((error: Error) => error);
    if (content instanceof Error) yield refused(path, 'AUR_IMPORT_SOURCE', { path: textPath, reason: content.message });
    else if (content.includes('\uFFFD')) yield refused(path, 'AUR_IMPORT_ENCODING', { where: textPath });
    else {
      const words = content.replace(/^\uFEFF/, '').replace(/\s+/gu, ' ');
      yield { draft: { audio_filepath: path, text: words.trim() } };
    }
  }
  for (const [stem, file] of texts)
    if (!withAudio.has(stem)) {
      const where = join(folder, file);
      yield refused(where, 'AUR_IMPORT_NO_AUDIO', { where, expected: 'its folder' });
    }
}
