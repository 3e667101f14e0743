/** A line of a file of texts goes in (sclite's .trn, Kaldi's text, JSON), the utterance that it is of and its texts come out. */
import { z } from 'zod';
import { datasetError } from '../errors.js';
import { keyAndValue } from '../importers/keyed-line.js';
import type { TextLine } from '../text-lines.js';

export interface TranscriptLine {
  id: string;
  /** what was said, if the line says it */
  reference?: string;
  /** what a system heard, if the line says it */
  hypothesis?: string;
  /** where it does not say which of the two it is */
  text?: string;
  speaker?: string;
}

/** @returns nothing for a comment
 *  @throws AUR_TRANSCRIPTS_LINE */
export type TranscriptParser = (line: TextLine) => TranscriptLine | undefined;

/** By the file's name: `.trn`, `.jsonl` or `.json`, else Kaldi's. */
export function parserOf(path: string): TranscriptParser {
  if (path.endsWith('.trn')) return parseTrnLine;
  return /\.jsonl?$/.test(path) ? parseJsonLine : parseKaldiLine;
}

const refused = (where: string, reason: string) => datasetError('AUR_TRANSCRIPTS_LINE', { where, reason });

/** `text (speaker-utterance)`, and comments that begin with two semicolons. */
function parseTrnLine({ content, where }: TextLine): TranscriptLine | undefined {
  if (content.startsWith(';;')) return undefined;
  const match = /^(.*)\(([^()\s]+)\)\s*$/su.exec(content);
  if (!match) throw refused(where, 'expected an utterance id in parentheses at the end');
  const [, text, id] = match;
  if (/(^|\s)\{(\s|$)/u.test(text))
    throw refused(where, 'has alternatives in braces, which are not scored: expected one text');
  // As sclite's `-i spu_id` tells it.
  const speaker = (/^([^-]+)-/u.exec(id) ?? /^([^_]+)_/u.exec(id))?.[1];
  return { id, text: text.trim(), ...(speaker !== undefined && { speaker }) };
}

function parseKaldiLine({ content }: TextLine): TranscriptLine {
  const [id, text] = keyAndValue(content);
  return { id, text };
}

const jsonSchema = z.looseObject({
  id: z.union([z.string().min(1), z.number()]).optional(),
  audio_filepath: z.string().min(1).optional(),
  features_filepath: z.string().min(1).optional(),
  offset: z.number().nonnegative().optional(),
  text: z.string().optional(),
  reference: z.string().optional(),
  hypothesis: z.string().optional(),
  /** where NeMo writes what it heard, beside the manifest's `text` */
  pred_text: z.string().optional(),
  speaker: z.string().optional(),
});

function parseJsonLine({ content, where }: TextLine): TranscriptLine {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw refused(where, `not JSON: ${(cause as Error).message}`);
  }
  const result = jsonSchema.safeParse(value);
  if (!result.success)
    throw refused(
      where,
      result.error.issues.map(({ path, message }) => `${path.join('.') || 'line'}: ${message}`).join('; '),
    );
  const { speaker, text, reference, hypothesis, pred_text } = result.data;
  const id = utteranceId(result.data);
  if (id === undefined) throw refused(where, 'expected an id or an audio_filepath, by which texts find each other');
  const heard = hypothesis ?? pred_text;
  const said = reference ?? (heard === undefined ? undefined : text);
  return { id, text, reference: said, hypothesis: heard, speaker };
}

/** By what an utterance is known in files of texts: its `id`, else its file's path as the manifest has it, with `@offset` where it is a segment. */
export function utteranceId(utterance: {
  id?: unknown;
  audio_filepath?: string;
  features_filepath?: string;
  offset?: number;
}): string | undefined {
  const { id, audio_filepath, features_filepath, offset } = utterance;
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  const path = audio_filepath ?? features_filepath;
  return path === undefined || offset === undefined ? path : `${path}@${offset}`;
}
