/** The columns of all manifests go in, what is wrong with a line beside the others comes out. */
import { type RobustScale, robustScale, robustScore } from '../statistics/quantiles.js';
import type { LineColumns } from './inspect-manifest.js';
import { type Findings, rounded } from './line-checks.js';
import { type Reason, reason } from './reason.js';
import { indexIn, Repeats } from './repeats.js';
import { speakerOverlaps } from './splits.js';

export interface ComparedManifest {
  path: string;
  split: string;
  /** JSON lines of `LineFindings` */
  findingsPath: string;
  columns: LineColumns;
}

/** The parts of a line that messages name. */
export interface LineContent {
  id?: unknown;
  speaker?: string;
}

export interface Comparison {
  /** @param manifest its number
   *  @param index of the line in the manifest's columns
   *  @param content read only when it is needed */
  findings(manifest: number, index: number, content: () => LineContent): Findings;
  /** Complete once `findings` was asked of every line. */
  overlaps(): Reason[];
}

/** Iglewicz and Hoaglin's limit (1993). */
const OUTLIER = 3.5;
/** Of fewer lines no spread can be told. */
const FEWEST_RATES = 20;
const NAMED_SPEAKERS = 5;

/** @param manifests of two lines with the same audio the first stays, so held-out splits come first */
export function compareLines(manifests: readonly ComparedManifest[]): Comparison {
  const starts: number[] = [];
  let total = 0;
  for (const { columns } of manifests) {
    starts.push(total);
    total += columns.lines.length;
  }
  const allAudio = new BigUint64Array(total);
  manifests.forEach(({ columns }, m) => {
    allAudio.set(columns.audio.values(), starts[m]);
  });
  const sameAudio = new Repeats(allAudio);
  const sameIds = manifests.map(({ columns }) => new Repeats(columns.ids.values()));
  const rates = manifests.map(({ columns }) => rateScale(columns.rates.values()));
  const speakersOf = new Map<string, BigUint64Array[]>();
  for (const { split, columns } of manifests)
    speakersOf.set(split, [...(speakersOf.get(split) ?? []), columns.speakers.values()]);
  const overlaps = speakerOverlaps(speakersOf).map((overlap) => ({ ...overlap, names: new Set<string>() }));

  const where = (manifest: number, index: number) =>
    `${manifests[manifest].path}:${manifests[manifest].columns.lines.at(index)}`;

  const duplicate = (manifest: number, index: number): Reason | undefined => {
    const first = sameAudio.firstOf(starts[manifest] + index);
    if (first === undefined) return undefined;
    const owner = starts.findLastIndex((start) => start <= first);
    const details = { where: where(manifest, index), other: where(owner, first - starts[owner]) };
    const { split } = manifests[owner];
    return split === manifests[manifest].split
      ? reason('AUR_VALIDATE_DUPLICATE_AUDIO', details)
      : reason('AUR_VALIDATE_SPLIT_LEAK', { ...details, split });
  };

  return {
    findings(manifest, index, content) {
      const { columns } = manifests[manifest];
      const found: Findings = { reasons: [], warnings: [] };
      const firstId = sameIds[manifest].firstOf(index);
      if (firstId !== undefined) {
        const details = { where: where(manifest, index), id: String(content().id), other: where(manifest, firstId) };
        found.reasons.push(reason('AUR_VALIDATE_DUPLICATE_ID', details));
      }
      const repeated = duplicate(manifest, index);
      if (repeated) found.reasons.push(repeated);
      const scale = rates[manifest];
      const rate = columns.rates.at(index);
      const z = scale && !Number.isNaN(rate) ? robustScore(rate, scale) : 0;
      if (scale && Math.abs(z) > OUTLIER)
        found.warnings.push(
          reason('AUR_VALIDATE_RATE', {
            where: where(manifest, index),
            rate: rounded(Math.exp(rate)),
            z: rounded(z),
            median: rounded(Math.exp(scale.median)),
          }),
        );
      for (const { speakers, names } of overlaps)
        if (names.size < NAMED_SPEAKERS && indexIn(speakers, columns.speakers.at(index)) >= 0)
          names.add(content().speaker!);
      return found;
    },
    overlaps: () =>
      overlaps.map(({ splits: [a, b], speakers, names }) => {
        const others = speakers.length > names.size ? ', …' : '';
        const details = { a, b, count: speakers.length, names: [...names].join(', ') + others };
        return reason('AUR_VALIDATE_SPEAKER_OVERLAP', details);
      }),
  };
}

function rateScale(rates: Float32Array): RobustScale | undefined {
  const known = rates.filter((rate) => !Number.isNaN(rate));
  return known.length < FEWEST_RATES ? undefined : robustScale(known);
}
