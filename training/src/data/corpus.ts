/** Manifests go in, the utterances that can be learned from come out with their token ids; what cannot is counted. No audio is touched. */
import { readManifest, type Utterance } from '@auricle/datasets';
import { encodeText, type TokenTable } from '@auricle/decoding';

/** Everything is resampled to this rate at the door (Hz). */
export const SAMPLE_RATE = 16_000;

export interface Recording {
  /** path of the manifest that names it */
  manifest: string;
  utterance: Utterance;
  /** at `SAMPLE_RATE`, as the manifest has its duration */
  samples: number;
  labels: number[];
}

export interface Corpus {
  recordings: Recording[];
  /** Why utterances were left out: error code -> count. */
  leftOut: Record<string, number>;
}

/** Texts of manifests, for making a vocabulary. */
export async function manifestTexts(manifests: readonly string[]): Promise<string[]> {
  const utterances = await Promise.all(manifests.map(readManifest));
  return utterances.flat().map((u) => u.text);
}

/** Reads every utterance; one without audio, with a character outside the vocabulary or beyond the greatest length is left out and counted. */
export async function loadCorpus(
  manifests: readonly string[],
  tokens: TokenTable,
  maximumSeconds: number,
  features: 'fbank' | 'stored' = 'fbank',
): Promise<Corpus> {
  const corpus: Corpus = { recordings: [], leftOut: {} };
  for (const manifest of manifests)
    for (const utterance of await readManifest(manifest)) {
      const fault = faultOf(utterance, maximumSeconds, features);
      if (fault) {
        count(corpus.leftOut, fault);
        continue;
      }
      try {
        const labels = encodeText(tokens, utterance.text);
        const source = features === 'stored' ? { ...utterance, audio_filepath: undefined } : utterance;
        const samples = Math.round(utterance.duration * SAMPLE_RATE);
        corpus.recordings.push({ manifest, utterance: source, labels, samples });
      } catch (error) {
        count(corpus.leftOut, codeOf(error));
      }
    }
  return corpus;
}

function faultOf(
  { audio_filepath, features_filepath, duration }: Utterance,
  maximumSeconds: number,
  features: 'fbank' | 'stored',
): string | undefined {
  if (features === 'fbank' && audio_filepath === undefined) return 'AUR_MANIFEST_NO_AUDIO';
  if (features === 'stored' && features_filepath === undefined) return 'AUR_MANIFEST_NO_FEATURES';
  if (duration > maximumSeconds) return 'AUR_TRAIN_TOO_LONG';
  return undefined;
}

/** Adds one to a code's count. */
export function count(counts: Record<string, number>, code: string): void {
  counts[code] = (counts[code] ?? 0) + 1;
}

/** The sum of two counts. */
export function addCounts(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sum = { ...a };
  for (const [code, more] of Object.entries(b)) sum[code] = (sum[code] ?? 0) + more;
  return sum;
}

/** The stable code of a coded error; what has none is a defect of ours and is thrown on. */
export function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && code.startsWith('AUR_')) return code;
  throw error;
}
