/** A folder as someone publishes a model goes in, which of its files are the model and the tokens comes out. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cliError } from '../errors.js';

export interface ModelFiles {
  folder: string;
  /** names of the files by their names in a bundle */
  names: Record<string, string>;
  /** others that belong to it: cards, licences, external data */
  others: string[];
}

/** How deep below an archive's root a model may lie. */
const DEPTH = 3;
/** Files of models of other kinds, which sherpa-onnx runs in three parts. */
const PARTS = /(encoder|decoder|joiner)/i;

/** Looks for the one folder with a model in it. Of several models in it, `model.onnx` and `model.int8.onnx` come first; else there may be one
 *  of each precision, those of half precision left aside.
 *  @param source for messages
 *  @throws AUR_MODELS_LAYOUT */
export async function findModel(root: string, source: string): Promise<ModelFiles> {
  const refuse = (seen: string, expected: string): never => {
    throw cliError('AUR_MODELS_LAYOUT', { source, seen, expected });
  };
  const folders: { folder: string; files: string[] }[] = [];
  await walk(root, DEPTH, folders);
  const withModels = folders.filter(({ files }) => files.some((file) => file.endsWith('.onnx')));
  if (withModels.length === 0) refuse('no .onnx file', 'a folder with a model and its tokens.txt');
  const shown = (all: readonly string[]) => all.slice(0, 8).join(', ') + (all.length > 8 ? ', …' : '');
  if (withModels.length > 1)
    refuse(
      `models in ${shown(withModels.map(({ folder }) => folder.slice(root.length) || '/'))}`,
      'one folder with a model',
    );
  const [{ folder, files }] = withModels;
  const models = files.filter((file) => file.endsWith('.onnx'));
  if (models.some((file) => PARTS.test(file)) && !models.includes('model.onnx'))
    refuse(`a model in parts (${shown(models)})`, 'a streaming CTC model in one file');
  const one = (name: string, candidates: string[], what: string): string | undefined => {
    if (candidates.includes(name)) return name;
    if (candidates.length > 1)
      refuse(`${candidates.length} files that may be ${what} (${shown(candidates)})`, `one, or one of them as ${name}`);
    return candidates[0];
  };
  const int8 = one(
    'model.int8.onnx',
    models.filter((file) => /int8|quant/i.test(file)),
    'the int8 model',
  );
  const float = one(
    'model.onnx',
    models.filter((file) => !/int8|quant|fp16|float16/i.test(file)),
    'the float model',
  );
  const tokens = one(
    'tokens.txt',
    files.filter((file) => /^(tokens|units).*\.txt$/i.test(file)),
    'the tokens',
  );
  if (!int8 && !float) refuse(`only ${shown(models)}`, 'a model in float or int8');
  if (!tokens) refuse(`no tokens.txt beside ${shown(models)}`, 'a line "symbol id" for each token in it');
  const names: Record<string, string> = { 'tokens.txt': tokens! };
  if (float) names['model.onnx'] = float;
  if (int8) names['model.int8.onnx'] = int8;
  const taken = new Set([...Object.values(names), ...models]);
  return { folder, names, others: files.filter((file) => !taken.has(file) && !(file in names)) };
}

async function walk(folder: string, depth: number, found: { folder: string; files: string[] }[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true });
  found.push({
    folder,
    files: entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort(),
  });
  if (depth > 0)
    for (const entry of entries) if (entry.isDirectory()) await walk(join(folder, entry.name), depth - 1, found);
}
