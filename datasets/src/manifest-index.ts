/** A manifest of any size goes in, its utterances in a seeded random order come out, epoch by epoch: 20 bytes a line in memory. */
import { type FileHandle, open } from 'node:fs/promises';
import { datasetError } from './errors.js';
import { parseManifestLine, readManifestLines, type Utterance } from './manifest.js';
import { forkSeed, Random } from './random.js';
import { Column } from './statistics/column.js';

/** Where the lines of a manifest are that are not blank. */
export interface ManifestIndex {
  path: string;
  /** where each line starts, and its length without its end (bytes) */
  offsets: Float64Array;
  bytes: Uint32Array;
  /** its number in the file, from 1 */
  lines: Uint32Array;
}

/** Reads the file once; its lines are not checked.
 *  @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_LINE_LENGTH */
export async function indexManifest(path: string): Promise<ManifestIndex> {
  const offsets = new Column((length) => new Float64Array(length));
  const bytes = new Column((length) => new Uint32Array(length));
  const lines = new Column((length) => new Uint32Array(length));
  for await (const line of readManifestLines(path)) {
    offsets.push(line.offset);
    bytes.push(line.bytes);
    lines.push(line.line);
  }
  return { path, offsets: offsets.values(), bytes: bytes.values(), lines: lines.values() };
}

export interface SampleOptions {
  seed: number;
  /** from 0; every epoch has an order of its own */
  epoch: number;
  /** utterances of the epoch that were taken already, to go on from (default 0) */
  position?: number;
}

/** Lines fetched at a time. */
const READ_AHEAD = 256;

/** Every utterance once; the same seed and epoch give the same order.
 *  @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_JSON, AUR_MANIFEST_FIELD naming file and line */
export async function* sampleManifest(index: ManifestIndex, options: SampleOptions): AsyncGenerator<Utterance> {
  const { path } = index;
  const order = shuffledIndices(index.lines.length, new Random(forkSeed(options.seed, options.epoch)));
  const file = await open(path).catch((cause: Error) => {
    throw datasetError('AUR_MANIFEST_MISSING', { path, reason: cause.message }, { cause });
  });
  try {
    for (let at = options.position ?? 0; at < order.length; at += READ_AHEAD) {
      const chosen = Array.from(order.subarray(at, at + READ_AHEAD));
      const contents = await Promise.all(chosen.map((line) => readLine(file, index, line)));
      for (const [i, content] of contents.entries())
        yield parseManifestLine(content, `${path}:${index.lines[chosen[i]]}`);
    }
  } finally {
    await file.close();
  }
}

async function readLine(file: FileHandle, { offsets, bytes }: ManifestIndex, line: number): Promise<string> {
  const content = Buffer.alloc(bytes[line]);
  const { bytesRead } = await file.read(content, 0, content.length, offsets[line]);
  return content.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, '');
}

/** 0 to count - 1 in random order (Fisher-Yates). */
export function shuffledIndices(count: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = random.integer(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
