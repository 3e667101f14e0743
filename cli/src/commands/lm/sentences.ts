/** Paths of texts and manifests go in, their sentences come out piece by piece, in the letters that a model writes where that is asked for. */
import { normaliseText, readRecordings } from '@auricle/datasets';
import { linesOf, textPieces } from '@auricle/decoding';

/** @param paths text files with a sentence a line, gzipped or not, and manifests (`.jsonl`)
 *  @param language whose rules of `auricle data normalise` the sentences go through; absent: they stay as they are */
export async function* sentencesOf(paths: readonly string[], language?: string): AsyncGenerator<readonly string[]> {
  for (const path of paths)
    for await (const lines of path.endsWith('.jsonl') ? manifestTexts(path) : linesOf(textPieces(path)))
      yield language === undefined ? lines : lines.map((line) => normalised(line, language));
}

async function* manifestTexts(path: string): AsyncGenerator<string[]> {
  for await (const { text } of readRecordings(path)) if (text !== undefined) yield [text];
}

/** Characters that no rule covers part words. */
function normalised(line: string, language: string): string {
  const { text, unknown } = normaliseText(line, language);
  return unknown.reduce((rest, character) => rest.replaceAll(character, ' '), text);
}
