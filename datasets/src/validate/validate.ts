/** Manifests go in, their sound lines and the lines that must not be trained on, with reasons, come out. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { datasetError } from '../errors.js';
import type { TextLine } from '../text-lines.js';
import { startAudioThreads } from './audio-threads.js';
import { type ComparedManifest, compareLines } from './compare-lines.js';
import { inspectManifest } from './inspect-manifest.js';
import type { EncodeText } from './line-checks.js';
import { type ManifestReport, partManifest } from './part-manifest.js';
import type { Reason } from './reason.js';
import { distinctNames, splitOf, TRAIN } from './splits.js';

export interface ValidationProgress {
  /** read of all manifests, and their size (bytes) */
  bytes: number;
  totalBytes: number;
  lines: number;
  /** lines with a reason so far; those that repeat others are known at the end */
  quarantined: number;
}

export interface ValidationOptions {
  /** where `clean.jsonl`, `quarantine.jsonl` and `warnings.jsonl` go; of several manifests, each into a folder of its name. Without it nothing is written. */
  out?: string;
  /** checks the texts against a vocabulary */
  encode?: EncodeText;
  /** false: only what the lines say is checked, no file is opened (default true) */
  decode?: boolean;
  /** that decode (default: as many as there are cores) */
  threads?: number;
  onProgress?: (progress: ValidationProgress) => void;
}

export interface ValidationReport {
  /** in the order given */
  manifests: ManifestReport[];
  /** speakers that several splits share: a warning about the manifests, not about their lines */
  overlaps: Reason[];
}

/** Checks every line by itself (what it says, what its audio holds, whether its text can be learned from so much audio), then against the others:
 *  speaking rates that stand out in their manifest; ids that repeat in their manifest; audio that repeats anywhere, of which the first sound line
 *  stays, where held-out splits come before `train`. Memory: about 80 bytes a line at its peak.
 *  @throws AUR_MANIFEST_MISSING, AUR_MANIFEST_LINE_LENGTH, AUR_MANIFEST_WRITE, AUR_VALIDATE_SAME_MANIFEST, AUR_VALIDATE_CHANGED; a bad line never throws */
export async function validateManifests(
  paths: readonly string[],
  options: ValidationOptions = {},
): Promise<ValidationReport> {
  const places = paths.map((path) => resolve(path));
  const twice = paths.find((_, i) => places.indexOf(places[i]) < i);
  if (twice !== undefined) throw datasetError('AUR_VALIDATE_SAME_MANIFEST', { path: twice });
  const { out, decode = true, threads = availableParallelism() } = options;
  const names = distinctNames(places);
  const isTrain = (path: string) => splitOf(path) === TRAIN;
  const heldOutFirst = [...paths].sort((a, b) => Number(isTrain(a)) - Number(isTrain(b)));
  const temporary = await mkdtemp(join(tmpdir(), 'auricle-validate-'));
  const audio = decode ? startAudioThreads(threads) : undefined;
  try {
    const onLine = progressOf(await totalBytes(paths), options.onProgress);
    const manifests: ComparedManifest[] = [];
    for (const path of heldOutFirst) {
      const findingsPath = join(temporary, `${manifests.length}.jsonl`);
      const columns = await inspectManifest(path, findingsPath, {
        audio,
        encode: options.encode,
        // A few wait for every thread, so that none ever waits for a line.
        parallel: decode ? 4 * threads : 1,
        onLine,
      });
      manifests.push({ path, split: splitOf(path), findingsPath, columns });
    }
    const comparison = compareLines(manifests);
    const reports = new Map<string, ManifestReport>();
    for (const [number, manifest] of manifests.entries()) {
      const name = names[paths.indexOf(manifest.path)];
      const folder = out === undefined ? undefined : paths.length === 1 ? out : join(out, name);
      reports.set(manifest.path, await partManifest(manifest, number, comparison, folder));
    }
    return { manifests: paths.map((path) => reports.get(path)!), overlaps: comparison.overlaps() };
  } finally {
    await audio?.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

/** A manifest that is missing is found when it is read. */
async function totalBytes(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(paths.map((path) => stat(path).catch(() => ({ size: 0 }))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

function progressOf(totalBytes: number, onProgress: ValidationOptions['onProgress']) {
  const progress: ValidationProgress = { bytes: 0, totalBytes, lines: 0, quarantined: 0 };
  return ({ bytes }: TextLine, { reasons }: { reasons: Reason[] }) => {
    progress.bytes += bytes + 1;
    progress.lines++;
    if (reasons.length > 0) progress.quarantined++;
    onProgress?.({ ...progress });
  };
}
