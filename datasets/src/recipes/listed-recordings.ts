/** A corpus's lists of its recordings go in, an entry for every line and for every recording that no line names come out. */
import { join } from 'node:path';
import { datasetError } from '../errors.js';
import { readLines } from '../text-lines.js';
import type { CorpusEntry, DefectiveEntry, EntryFields } from './corpus-manifests.js';
import { filesBelow } from './file-tree.js';

/** What a line says: the recording's path below the folder of the audio, and its fields; `ignored` when it is rightly in no manifest. */
export type ListedRecording = { file: string; fields: EntryFields } | 'ignored';

export interface RecordingLists {
  /** folder of the lists, and their paths in it */
  listFolder: string;
  lists: readonly string[];
  folder: string;
  /** how the names of all recordings below the folder end; absent where a list does not name all of them */
  ending?: string;
  splitOf: (file: string) => string;
  /** what a line is to be, for errors */
  shape: string;
  /** @returns undefined for a line of another shape */
  parse: (line: string, list: string) => ListedRecording | undefined;
}

/** Characters of a bad line that its error repeats. */
const LONGEST_QUOTE = 80;

/** Lines of another shape and recordings without a line come out as defective: nothing of a corpus is lost silently. */
export async function* listedRecordings(lists: RecordingLists): AsyncGenerator<CorpusEntry | DefectiveEntry> {
  const { listFolder, folder, splitOf, shape, parse } = lists;
  const untold = new Set(lists.ending === undefined ? [] : await filesBelow(folder, lists.ending));
  for (const list of lists.lists)
    for await (const { content, where } of readLines(join(listFolder, list))) {
      const recording = parse(content.trim(), list);
      if (recording === 'ignored') continue;
      if (recording && !recording.file.split('/').includes('..')) {
        const { file, fields } = recording;
        untold.delete(file);
        yield { split: splitOf(file), path: join(folder, file), fields };
      } else {
        const reason = `expected ${shape}, seen: ${content.slice(0, LONGEST_QUOTE)}`;
        yield { split: splitOf(list), defect: datasetError('AUR_IMPORT_LINE', { where, reason }) };
      }
    }
  for (const file of untold) yield { split: splitOf(file), path: join(folder, file), fields: {} };
}
