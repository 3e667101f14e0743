/** A corpus laid out like LibriSpeech goes in, its utterances come out. */
import { basename, dirname, join, resolve } from 'node:path';
import { datasetError } from '../errors.js';
import { readLines } from '../text-lines.js';
import { filesUnder, isAudioName, stemOf } from './audio-files.js';
import { keyAndValue } from './keyed-line.js';
import { type Imported, refused } from './write-import.js';

/** Every `*.trans.txt` at any depth: a line is an id like `1462-170138-0000` (speaker, chapter, number) and its text; the audio has the id as its
 *  name, in the same folder, in any format.
 *  @throws AUR_IMPORT_SOURCE */
export async function* importLibrispeech(folder: string): Imported {
  const files = await filesUnder(folder);
  const audio = new Map(files.filter(isAudioName).map((file) => [stemOf(file), file]));
  const transcripts = files.filter((file) => basename(file).endsWith('.trans.txt'));
  if (transcripts.length === 0)
    throw datasetError('AUR_IMPORT_SOURCE', { path: folder, reason: 'found no *.trans.txt in it' });
  for (const transcript of transcripts)
    for await (const { content, where } of readLines(resolve(folder, transcript))) {
      const [id, text] = keyAndValue(content);
      const stem = join(dirname(transcript), id);
      const file = audio.get(stem);
      if (content.includes('\uFFFD')) yield refused(where, 'AUR_IMPORT_ENCODING', { where });
      else if (file === undefined)
        yield refused(where, 'AUR_IMPORT_NO_AUDIO', { where, expected: `${resolve(folder, stem)}.*` });
      else yield { draft: { audio_filepath: resolve(folder, file), text, id, speaker: id.split('-')[0] } };
    }
}
