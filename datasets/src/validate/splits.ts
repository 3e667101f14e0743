/** The manifests' names and their speakers go in, which split each one is and who is in two of them come out. */
import { basename, extname } from 'node:path';
import { distinct, indexIn } from './repeats.js';

export const TRAIN = 'train';

/** The first word of a manifest's name: `train-clean-100.jsonl` and `train.jsonl` are of one split, `dev.jsonl` is of another. */
export function splitOf(manifestPath: string): string {
  const stem = basename(manifestPath, extname(manifestPath));
  return /^\p{L}+/u.exec(stem)?.[0].toLowerCase() ?? stem;
}

export interface SpeakerOverlap {
  splits: readonly [string, string];
  /** hashes of their common speakers, sorted */
  speakers: BigUint64Array;
}

/** @param speakers of every line of each manifest of a split */
export function speakerOverlaps(speakers: ReadonlyMap<string, readonly BigUint64Array[]>): SpeakerOverlap[] {
  const splits = [...speakers].map(([split, parts]) => ({ split, speakers: distinct(joined(parts)) }));
  return splits.flatMap((one, i) =>
    splits.slice(i + 1).flatMap((other) => {
      const common = one.speakers.filter((speaker) => indexIn(other.speakers, speaker) >= 0);
      return common.length === 0 ? [] : [{ splits: [one.split, other.split] as const, speakers: common }];
    }),
  );
}

function joined(parts: readonly BigUint64Array[]): BigUint64Array {
  const all = new BigUint64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A folder's name for each manifest: its stem, with as many of its parent folders in front as tell all of them apart. */
export function distinctNames(paths: readonly string[]): string[] {
  const parts = paths.map((path) => [...path.split(/[\\/]/).slice(0, -1), basename(path, extname(path))]);
  const longest = Math.max(...parts.map((p) => p.length));
  for (let depth = 1; depth < longest; depth++) {
    const names = parts.map((p) => p.slice(-depth).join('-'));
    if (new Set(names).size === names.length) return names;
  }
  return parts.map((p, i) => `${i + 1}-${p.at(-1)}`);
}
