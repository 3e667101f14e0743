/** A table with a header (CSV, TSV) goes in, its utterances come out. */
import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse';
import { datasetError } from '../errors.js';
import { type Imported, refused } from './write-import.js';

/** Names of columns, as the header has them. */
export interface CsvColumns {
  /** path of the audio file */
  audio: string;
  text: string;
  speaker?: string;
  id?: string;
  lang?: string;
}

export interface CsvOptions {
  columns: CsvColumns;
  /** default: a tab for `.tsv`, a comma otherwise. Fields parted by tabs have no quotes around them: a quote there is part of the text. */
  delimiter?: string;
  /** where relative paths start (default: the table's folder) */
  audioFolder?: string;
}

/** Keys that mean something in a manifest: a column of that name is no free note. */
const MANIFEST_KEYS = [
  'audio_filepath',
  'features_filepath',
  'duration',
  'offset',
  'text',
  'label',
  'speaker',
  'id',
  'lang',
];
const LONGEST_RECORD = 2 ** 20;

/** Line ends in a text become spaces. Columns that are not named survive as keys of their own where they have a value, unless a manifest gives their name a meaning.
 *  @throws AUR_IMPORT_SOURCE for a table that cannot be read, AUR_CSV_COLUMN for a column that its header lacks; a bad row is refused, never thrown */
export async function* importCsv(path: string, options: CsvOptions): Imported {
  const { columns, audioFolder = dirname(path) } = options;
  let header: string[] | undefined;
  for await (const { record, line } of readRecords(path, options.delimiter ?? (/\.tsv$/i.test(path) ? '\t' : ','))) {
    if (!header) {
      header = record.map((name) => name.trim());
      checkHeader(header, columns, path);
      continue;
    }
    const where = `${path}:${line}`;
    if (record.length !== header.length) {
      const reason = `${record.length} columns: expected ${header.length} as in the header`;
      yield refused(where, 'AUR_IMPORT_LINE', { where, reason });
      continue;
    }
    const row = new Map(header.map((name, i) => [name, record[i].trim()]));
    const audio = row.get(columns.audio)!;
    if (record.some((value) => value.includes('\uFFFD'))) yield refused(where, 'AUR_IMPORT_ENCODING', { where });
    else if (audio === '')
      yield refused(where, 'AUR_IMPORT_NO_AUDIO', { where, expected: `column "${columns.audio}"` });
    else
      yield {
        draft: {
          audio_filepath: resolve(audioFolder, audio),
          text: row.get(columns.text)!.replace(/\s+/gu, ' '),
          ...named(row, columns),
          ...notes(row, columns),
        },
      };
  }
  if (!header) throw datasetError('AUR_IMPORT_SOURCE', { path, reason: 'no header: it is empty' });
}

async function* readRecords(path: string, delimiter: string): AsyncGenerator<{ record: string[]; line: number }> {
  const parser = parse({
    bom: true,
    delimiter,
    quote: delimiter === '\t' ? null : '"',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: LONGEST_RECORD,
    info: true,
  });
  // What breaks ends the parser with the error, which the loop throws.
  pipeline(createReadStream(path), parser, () => undefined);
  try {
    for await (const { record, info } of parser) yield { record, line: info.lines };
  } catch (cause) {
    throw datasetError('AUR_IMPORT_SOURCE', { path, reason: (cause as Error).message }, { cause });
  }
}

function checkHeader(header: string[], columns: CsvColumns, path: string): void {
  const twice = header.find((name, i) => name !== '' && header.indexOf(name) < i);
  if (twice !== undefined)
    throw datasetError('AUR_IMPORT_SOURCE', { path, reason: `column "${twice}" is there twice` });
  for (const column of Object.values(columns))
    if (column !== undefined && !header.includes(column))
      throw datasetError('AUR_CSV_COLUMN', { path, column, header: header.join(', ') });
}

function named(row: Map<string, string>, { speaker, id, lang }: CsvColumns): Record<string, string> {
  const pairs = Object.entries({ speaker, id, lang }).map(([key, column]) => [key, column && row.get(column)]);
  return Object.fromEntries(pairs.filter(([, value]) => value));
}

function notes(row: Map<string, string>, columns: CsvColumns): Record<string, string> {
  const taken = new Set([...MANIFEST_KEYS, ...Object.values(columns)]);
  return Object.fromEntries([...row].filter(([name, value]) => name !== '' && value !== '' && !taken.has(name)));
}
