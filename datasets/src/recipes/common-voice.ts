/** One language of Common Voice (Mozilla, CC0) goes in, the manifests of its official splits come out. */
import { join, resolve } from 'node:path';
import { datasetError } from '../errors.js';
import { readLines } from '../text-lines.js';
import { type FetchOptions, fetchArchives } from './archives.js';
import { type CorpusEntry, type DefectiveEntry, type PreparedCorpus, writeCorpus } from './corpus-manifests.js';
import { corpusRoot, isThere } from './file-tree.js';
import { unpackFolder } from './unpack.js';

const TARGET = 'common-voice';
/** `cv-corpus-17.0-2024-03-15/en` and the like. */
const INNER = '*/*';
const EXPECTED = ['train.tsv', 'clips'];

/** Unpacks an archive of one language to `folder/common-voice`. Its address is given to those who sign in, so there is no official one
 *  here, nor a checksum.
 *  @param options.archive that address, or the path of the archive, which is left where it is
 *  @throws AUR_RECIPE_SOURCE, and as `fetchArchives` */
export async function downloadCommonVoice(
  folder: string,
  options: FetchOptions & { archive?: string } = {},
): Promise<void> {
  const { archive } = options;
  if (!archive) throw datasetError('AUR_RECIPE_SOURCE', { corpus: 'Common Voice' });
  if (/^https?:\/\//.test(archive))
    return fetchArchives(folder, [{ url: archive, inner: INNER, target: TARGET, expected: EXPECTED }], options);
  const target = join(folder, TARGET);
  if (!(await isThere(target))) await unpackFolder(resolve(archive), INNER, target, EXPECTED);
}

const SPLITS = ['train', 'dev', 'test'];

/** Writes `train.jsonl`, `dev.jsonl` and `test.jsonl` from the tables of these names; speakers are the corpus's anonymous ids.
 *  @param folder of the language (with `train.tsv` and `clips`), or the one above
 *  @throws AUR_RECIPE_NO_FILES, AUR_CSV_COLUMN, AUR_IMPORT_NOTHING */
export async function prepareCommonVoice(folder: string, outDir: string): Promise<PreparedCorpus> {
  const root = await corpusRoot(folder, TARGET, 'train.tsv');
  const seconds = await clipSeconds(join(root, 'clip_durations.tsv'));
  async function* entries() {
    for (const split of SPLITS) {
      const table = join(root, `${split}.tsv`);
      if (!(await isThere(table)))
        throw datasetError('AUR_RECIPE_NO_FILES', { folder: root, expected: `"${split}.tsv"` });
      yield* clipsOf(split, table, join(root, 'clips'), seconds);
    }
  }
  return writeCorpus(outDir, SPLITS, entries(), { folder: root, expected: 'line in the tables train, dev and test' });
}

async function* clipsOf(
  split: string,
  table: string,
  clips: string,
  seconds: ReadonlyMap<string, number>,
): AsyncGenerator<CorpusEntry | DefectiveEntry> {
  for await (const row of readTable(table, ['client_id', 'path', 'sentence'], ['locale'])) {
    if ('defect' in row) yield { split, defect: row.defect };
    else {
      const { client_id: speaker, path: clip, sentence: text, locale: lang } = row;
      yield { split, path: join(clips, clip), fields: { text, speaker, lang }, fileSeconds: seconds.get(clip) };
    }
  }
}

/** From release 14 on a table tells how long each clip is, which spares reading them; empty where there is none. */
async function clipSeconds(path: string): Promise<Map<string, number>> {
  const seconds = new Map<string, number>();
  if (!(await isThere(path))) return seconds;
  for await (const row of readTable(path, ['clip', 'duration[ms]']))
    if (!('defect' in row)) seconds.set(row.clip, Number(row['duration[ms]']) / 1000);
  return seconds;
}

/** The rows of a table with a header and tabs between its columns. Nothing is quoted in it: a quotation mark belongs to the text.
 *  @param optional columns that need not be there; `undefined` in every row then
 *  @throws AUR_CSV_COLUMN */
async function* readTable<Column extends string, Optional extends string = never>(
  path: string,
  columns: readonly Column[],
  optional: readonly Optional[] = [],
): AsyncGenerator<
  (Record<Column, string> & Partial<Record<Optional, string>>) | { defect: ReturnType<typeof datasetError> }
> {
  let header: string[] | undefined;
  for await (const { content, where } of readLines(path)) {
    const values = content.split('\t');
    if (!header) {
      header = values;
      const missing = columns.find((column) => !values.includes(column));
      if (missing) throw datasetError('AUR_CSV_COLUMN', { path, column: missing, header: values.join(', ') });
    } else if (values.length === header.length) {
      const row: Record<string, string> = {};
      for (const column of [...columns, ...optional]) {
        const at = header.indexOf(column);
        if (at >= 0) row[column] = values[at];
      }
      yield row as Record<Column, string> & Partial<Record<Optional, string>>;
    } else {
      const reason = `expected ${header.length} columns, seen: ${values.length}`;
      yield { defect: datasetError('AUR_IMPORT_LINE', { where, reason }) };
    }
  }
}
