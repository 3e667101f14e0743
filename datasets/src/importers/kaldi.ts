/** A Kaldi data folder goes in, its utterances come out. */
import { access } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { datasetError } from '../errors.js';
import { readLines } from '../text-lines.js';
import { keyAndValue } from './keyed-line.js';
import { type Draft, type Imported, type Refused, refused } from './write-import.js';

interface Entry {
  value: string;
  /** `file:line` */
  where: string;
}

/** By utterance or recording. */
type Table = ReadonlyMap<string, Entry>;

/** Where an utterance is; seconds. */
interface Place {
  recording: Entry;
  offset?: number;
  duration?: number;
}

/** Reads `wav.scp` and `text`, and where they are there `segments`, `utt2spk` and `utt2dur`. Relative paths start at the working directory, as
 *  Kaldi's do, or where no such file is there at the folder.
 *  @throws AUR_MANIFEST_MISSING, AUR_IMPORT_LINE for a key that a file has twice; a bad entry is refused, never thrown */
export async function* importKaldi(folder: string): Imported {
  const recordings = await readTable(join(folder, 'wav.scp'));
  const texts = await readTable(join(folder, 'text'));
  const segments = await tableIfThere(join(folder, 'segments'));
  const speakers = await tableIfThere(join(folder, 'utt2spk'));
  const durations = segments ? undefined : await tableIfThere(join(folder, 'utt2dur'));
  const utterances = segments ?? recordings;
  for (const [id, entry] of utterances) {
    const text = texts.get(id);
    if (!text) yield refused(entry.where, 'AUR_IMPORT_NO_TEXT', { where: `${entry.where}: ${id}`, expected: 'text' });
    else if (text.value.includes('\uFFFD')) yield refused(text.where, 'AUR_IMPORT_ENCODING', { where: text.where });
    else {
      const place = segments ? segmentOf(entry, recordings) : wholeOf(entry, durations?.get(id));
      if ('refusal' in place) yield place;
      else yield await draftOf(id, place, text.value, speakers?.get(id)?.value, folder);
    }
  }
  const list = segments ? 'segments' : 'wav.scp';
  for (const [id, { where }] of texts)
    if (!utterances.has(id)) yield refused(where, 'AUR_IMPORT_NO_AUDIO', { where: `${where}: ${id}`, expected: list });
}

async function readTable(path: string): Promise<Table> {
  const table = new Map<string, Entry>();
  for await (const { content, where } of readLines(path)) {
    const [key, value] = keyAndValue(content);
    if (table.has(key)) throw datasetError('AUR_IMPORT_LINE', { where, reason: `"${key}" is given twice` });
    table.set(key, { value, where });
  }
  return table;
}

const tableIfThere = async (path: string) => ((await isThere(path)) ? readTable(path) : undefined);

/** A line of `segments`: recording, start and end in seconds; an end of -1 is the recording's. */
function segmentOf({ value, where }: Entry, recordings: Table): Place | Refused {
  const [name, ...times] = value.split(/\s+/u);
  const [start, end] = times.map(Number);
  const recording = recordings.get(name);
  if (!recording) return refused(where, 'AUR_IMPORT_NO_AUDIO', { where: `${where}: ${name}`, expected: 'wav.scp' });
  if (times.length < 2 || !(start >= 0) || !(end > start || end === -1) || !Number.isFinite(end))
    return refused(where, 'AUR_IMPORT_LINE', {
      where,
      reason: `"${value}": expected a recording, its start from 0 and an end behind it in seconds`,
    });
  return { recording, offset: start, ...(end !== -1 && { duration: Math.round((end - start) * 1e6) / 1e6 }) };
}

/** A line of `wav.scp`, and one of `utt2dur` if there is one. */
function wholeOf(recording: Entry, duration: Entry | undefined): Place | Refused {
  if (!duration) return { recording };
  const seconds = Number(duration.value);
  if (seconds > 0 && Number.isFinite(seconds)) return { recording, duration: seconds };
  const { value, where } = duration;
  return refused(where, 'AUR_IMPORT_LINE', { where, reason: `"${value}": expected a duration in seconds` });
}

async function draftOf(
  id: string,
  { recording, offset, duration }: Place,
  text: string,
  speaker: string | undefined,
  folder: string,
): Promise<{ draft: Draft } | Refused> {
  const { value, where } = recording;
  if (value === '') return refused(where, 'AUR_IMPORT_LINE', { where, reason: 'names no file' });
  // Commands are never run.
  if (value.endsWith('|') || value === '-') return refused(where, 'AUR_KALDI_PIPE', { where, command: value });
  const isHere = isAbsolute(value) || (await isThere(resolve(value)));
  return {
    draft: {
      ...{ audio_filepath: isHere ? resolve(value) : resolve(folder, value), text, id },
      ...(offset !== undefined && { offset }),
      ...(duration !== undefined && { duration }),
      ...(speaker !== undefined && { speaker }),
    },
  };
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
