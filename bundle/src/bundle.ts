/** A model folder goes in, its typed description comes out, and back: bundle.json, tokens.txt and the ONNX file's metadata. */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { FBANK } from '@auricle/audio';
import {
  formatLexicon,
  formatTokens,
  type Lexicon,
  parseLexicon,
  parseTokens,
  type TokenTable,
  WORD_START,
} from '@auricle/decoding';
import {
  type BundleDescription,
  type BundleDescriptionInput,
  checkDescription,
  DEFAULT_TAIL_SECONDS,
  parseDescription,
} from './description.js';
import { bundleError } from './errors.js';
import { type ModelInterface, readInterface } from './interface.js';
import { decodeHeader } from './onnx.js';
import { checkWeights } from './weights-check.js';

export type Precision = 'int8' | 'float';

export interface Bundle {
  dir: string;
  description: BundleDescription;
  tokens: TokenTable;
  modelPath: string;
  precision: Precision;
  interface: ModelInterface;
}

const LEXICON_FILE = 'lexicon.txt';
const MODEL_FILES: Record<Precision, string> = { int8: 'model.int8.onnx', float: 'model.onnx' };

/** Reads a model folder and checks that its parts fit each other. A folder made for sherpa-onnx (model.onnx, tokens.txt) is one too:
 *  what bundle.json would say is then taken from the ONNX metadata.
 *  @param options.precision which model; without it int8 where there is one
 *  @throws AUR_BUNDLE_… naming the file, what was seen and what was expected; AUR_ONNX_INVALID for a damaged model;
 *  AUR_BUNDLE_NAN and AUR_BUNDLE_EXTERNAL for weights that are none */
export async function readBundle(dir: string, options: { precision?: Precision } = {}): Promise<Bundle> {
  if (!(await isDirectory(dir)))
    throw bundleError('AUR_BUNDLE_MISSING', { file: dir, reason: 'no such folder', expected: 'a model folder' });
  const precision = options.precision ?? ((await isFile(join(dir, MODEL_FILES.int8))) ? 'int8' : 'float');
  const modelPath = join(dir, MODEL_FILES[precision]);
  const model = await read(modelPath, `an ONNX model of precision ${precision}`);
  const header = decodeHeader(model, modelPath);
  await checkWeights(header.weights, modelPath);
  const listed = await readTokens(join(dir, 'tokens.txt'));
  const sizes = readInterface(header, modelPath, listed.symbols.length);
  const symbols = withoutDisambiguation(listed, sizes.vocabSize + 1);
  checkTokenCount(symbols, sizes.vocabSize, join(dir, 'tokens.txt'));
  const file = join(dir, 'bundle.json');
  const description = (await isFile(file))
    ? parseDescription((await read(file, 'the description of the bundle')).toString('utf8'), file)
    : describeBare(dir, sizes, symbols);
  checkAgreement(description, sizes, file, modelPath);
  const { lexicon, languageModel } = description;
  const tokens = lexicon === undefined ? symbols : { ...symbols, lexicon: await readLexicon(join(dir, lexicon)) };
  const modelFile = languageModel && join(dir, languageModel.file);
  if (modelFile && !(await isFile(modelFile)))
    throw bundleError('AUR_BUNDLE_MISSING', {
      file: modelFile,
      reason: 'no such file',
      expected: `the language model that ${file} names`,
    });
  return { dir, description, tokens, modelPath, precision, interface: sizes };
}

/** Writes bundle.json, tokens.txt and the tokens' lexicon beside the models; each file appears whole or not at all.
 *  @returns the description with its defaults filled in
 *  @param description whose `lexicon` is given with the tokens
 *  @throws AUR_BUNDLE_SCHEMA, AUR_BUNDLE_TOKENS */
export async function writeBundle(
  dir: string,
  description: BundleDescriptionInput,
  tokens: TokenTable,
): Promise<BundleDescription> {
  const lexicon = tokens.lexicon && (description.lexicon ?? LEXICON_FILE);
  const checked = checkDescription({ ...description, lexicon }, join(dir, 'bundle.json'));
  checkTokenCount(tokens, checked.vocabulary.size, join(dir, 'tokens.txt'));
  await mkdir(dir, { recursive: true });
  await writeWhole(join(dir, 'tokens.txt'), formatTokens(tokens));
  if (checked.lexicon !== undefined && tokens.lexicon)
    await writeWhole(join(dir, checked.lexicon), formatLexicon(tokens.lexicon));
  await writeWhole(join(dir, 'bundle.json'), `${JSON.stringify(checked, null, 2)}\n`);
  return checked;
}

async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  await writeFile(unfinished, text);
  await rename(unfinished, path);
}

const isFile = async (path: string) => (await stat(path).catch(() => undefined))?.isFile() ?? false;
const isDirectory = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() ?? false;

async function read(file: string, expected: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = missing ? 'no such file' : (cause as Error).message;
    throw bundleError('AUR_BUNDLE_MISSING', { file, reason, expected }, { cause });
  }
}

async function readTokens(file: string): Promise<TokenTable> {
  const text = (await read(file, 'a line "symbol id" for each token')).toString('utf8');
  try {
    return parseTokens(text);
  } catch (cause) {
    const seen = (cause as Error).message;
    throw bundleError('AUR_BUNDLE_TOKENS', { file, seen, expected: 'a line "symbol id" for each token' }, { cause });
  }
}

async function readLexicon(file: string): Promise<Lexicon> {
  const expected = 'a line "word sound sound …" for each pronunciation';
  const text = (await read(file, expected)).toString('utf8');
  try {
    return parseLexicon(text);
  } catch (cause) {
    throw bundleError('AUR_BUNDLE_LEXICON', { file, seen: (cause as Error).message, expected }, { cause });
  }
}

/** Lists made for decoding graphs end in `#0`, `#1`, …, which no model gives. */
function withoutDisambiguation(tokens: TokenTable, size: number): TokenTable {
  const isSurplus = tokens.symbols.length > size && tokens.symbols.slice(size).every((symbol) => /^#\d+$/.test(symbol));
  return isSurplus ? { ...tokens, symbols: tokens.symbols.slice(0, size) } : tokens;
}

function checkTokenCount(tokens: TokenTable, vocabSize: number, file: string): void {
  if (tokens.symbols.length !== vocabSize + 1)
    throw bundleError('AUR_BUNDLE_TOKENS', {
      file,
      seen: `${tokens.symbols.length} tokens`,
      expected: `${vocabSize + 1}: the model's vocab_size ${vocabSize} and the blank`,
    });
}

/** What a table's tokens are: single characters, whole words, or pieces of words. */
export function vocabularyKind({ symbols, blankId }: TokenTable): BundleDescription['vocabulary']['kind'] {
  const texts = symbols.filter((_, id) => id !== blankId);
  if (texts.every((symbol) => [...symbol].length === 1)) return 'characters';
  return texts.every((symbol) => symbol.length > 1 && symbol.startsWith(WORD_START)) ? 'words' : 'bpe';
}

function describeBare(dir: string, sizes: ModelInterface, tokens: TokenTable): BundleDescription {
  return checkDescription(
    {
      version: 1,
      name: basename(resolve(dir)),
      features: featuresOf(sizes),
      chunkFrames: sizes.windowSize,
      chunkShift: sizes.chunkShift,
      subsampling: sizes.subsamplingFactor,
      vocabulary: { kind: vocabularyKind(tokens), size: sizes.vocabSize },
      tailSeconds: DEFAULT_TAIL_SECONDS,
    },
    dir,
  );
}

const featuresOf = ({ frontEnd }: ModelInterface): BundleDescription['features'] =>
  frontEnd.kind === 'fbank'
    ? { kind: 'fbank', sampleRate: FBANK.sampleRate, melBins: FBANK.melBins }
    : { kind: 'samples', sampleRate: frontEnd.sampleRate };

function checkAgreement(description: BundleDescription, sizes: ModelInterface, file: string, model: string): void {
  const pairs: [string, number | string, number | string][] = [
    ['features.kind', description.features.kind, sizes.frontEnd.kind],
    ['features.sampleRate', description.features.sampleRate, sizes.frontEnd.sampleRate],
    ['chunkFrames', description.chunkFrames, sizes.windowSize],
    ['chunkShift', description.chunkShift, sizes.chunkShift],
    ['subsampling', description.subsampling, sizes.subsamplingFactor],
    ['vocabulary.size', description.vocabulary.size, sizes.vocabSize],
  ];
  for (const [key, seen, expected] of pairs)
    if (seen !== expected) throw bundleError('AUR_BUNDLE_MISMATCH', { file, key, seen, expected, model });
}
