/** Files of references and hypotheses go in, texts matched by utterance come out; matched texts go in, a file comes out. */
import { access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { datasetError } from '../errors.js';
import { keyAndValue } from '../importers/keyed-line.js';
import { readLines, writeLines } from '../text-lines.js';
import { parserOf, type TranscriptLine } from './transcript-line.js';

/** What was said and what a system heard. */
export interface MatchedTexts {
  id: string;
  reference: string;
  hypothesis: string;
  speaker?: string;
}

/** What becomes of an utterance that has no hypothesis: an error; one of no words, so that all of it counts as deleted; left out. */
export type MissingHypotheses = 'refuse' | 'empty' | 'skip';

interface Line extends TranscriptLine {
  where: string;
}

/** By utterance, in the order of the file. */
async function readTranscriptLines(path: string): Promise<Map<string, Line>> {
  const parse = parserOf(path);
  const lines = new Map<string, Line>();
  for await (const line of readLines(path)) {
    const parsed = parse(line);
    if (parsed === undefined) continue;
    const other = lines.get(parsed.id);
    if (other)
      throw datasetError('AUR_TRANSCRIPTS_DUPLICATE', { where: line.where, id: parsed.id, other: other.where });
    lines.set(parsed.id, { ...parsed, where: line.where });
  }
  if (lines.size === 0) throw datasetError('AUR_TRANSCRIPTS_EMPTY', { path });
  return lines;
}

/** References and hypotheses of two files, matched by utterance, in the order of the references.
 *
 *  `.trn` as sclite has it (the speaker is what lies before the first - of the id, else the first _), `.jsonl` (manifests too: `reference` or `text`, `hypothesis`,
 *  `pred_text` or `text`), any other name as Kaldi's `text` (speakers from an `utt2spk` beside the references).
 *  @returns also the ids that have no hypothesis, unless they are refused
 *  @throws AUR_MANIFEST_MISSING, AUR_TRANSCRIPTS_LINE, AUR_TRANSCRIPTS_EMPTY, AUR_TRANSCRIPTS_DUPLICATE for an id that a file has twice, AUR_TRANSCRIPTS_UNKNOWN for
 *  a hypothesis without reference, AUR_TRANSCRIPTS_NO_HYPOTHESIS for a reference without hypothesis when `missing` refuses it */
export async function matchTranscripts(
  referencePath: string,
  hypothesisPath: string,
  missing: MissingHypotheses = 'refuse',
): Promise<{ texts: MatchedTexts[]; missing: string[] }> {
  const references = await readTranscriptLines(referencePath);
  const hypotheses = await readTranscriptLines(hypothesisPath);
  const speakers = await speakersBeside(referencePath);
  const unknown = [...hypotheses.values()].filter(({ id }) => !references.has(id));
  if (unknown.length > 0)
    throw datasetError('AUR_TRANSCRIPTS_UNKNOWN', {
      where: unknown[0].where,
      ids: someOf(unknown.map(({ id }) => id)),
      references: referencePath,
    });
  const without = [...references.keys()].filter((id) => !hypotheses.has(id));
  if (without.length > 0 && missing === 'refuse')
    throw datasetError('AUR_TRANSCRIPTS_NO_HYPOTHESIS', {
      path: hypothesisPath,
      ids: someOf(without),
      where: references.get(without[0])!.where,
    });
  const texts: MatchedTexts[] = [];
  for (const line of references.values()) {
    const heard = hypotheses.get(line.id);
    if (heard === undefined && missing === 'skip') continue;
    const speaker = line.speaker ?? heard?.speaker ?? speakers?.get(line.id);
    texts.push({
      id: line.id,
      reference: textOf(line, line.reference ?? line.text, 'reference or text'),
      hypothesis: heard ? textOf(heard, heard.hypothesis ?? heard.text, 'hypothesis, pred_text or text') : '',
      ...(speaker !== undefined && { speaker }),
    });
  }
  return { texts, missing: without };
}

/** A file that holds both, as `writeHypotheses` and NeMo (`text`, `pred_text`) write it.
 *  @throws as `matchTranscripts` */
export async function readHypotheses(path: string): Promise<MatchedTexts[]> {
  const lines = await readTranscriptLines(path);
  return Array.from(lines.values(), (line) => ({
    id: line.id,
    reference: textOf(
      line,
      line.reference,
      'a reference beside the hypothesis, or the references in a file of their own',
    ),
    hypothesis: textOf(line, line.hypothesis, 'hypothesis or pred_text'),
    ...(line.speaker !== undefined && { speaker: line.speaker }),
  }));
}

/** JSON lines, there whole or not at all.
 *  @throws AUR_MANIFEST_WRITE */
export const writeHypotheses = (path: string, texts: readonly MatchedTexts[]): Promise<void> =>
  writeLines([path], async ([file]) => {
    for (const { id, speaker, reference, hypothesis } of texts)
      await file.write(JSON.stringify({ id, speaker, reference, hypothesis }));
  });

function textOf({ where, id }: Line, text: string | undefined, expected: string): string {
  if (text === undefined)
    throw datasetError('AUR_TRANSCRIPTS_LINE', { where, reason: `"${id}": expected ${expected}` });
  return text;
}

async function speakersBeside(referencePath: string): Promise<Map<string, string> | undefined> {
  const path = join(dirname(referencePath), 'utt2spk');
  try {
    await access(path);
  } catch {
    return undefined;
  }
  const speakers = new Map<string, string>();
  for await (const { content } of readLines(path)) speakers.set(...keyAndValue(content));
  return speakers;
}

const someOf = (ids: readonly string[]): string =>
  `${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ` and ${ids.length - 3} more` : ''}`;
