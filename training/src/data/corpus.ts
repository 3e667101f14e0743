/** Manifests go in, utterances with their samples in memory and their token ids come out; what cannot be learned from is counted. */
import { resample } from '@auricle/audio';
import { loadPcm, readManifest, type Utterance } from '@auricle/datasets';
import { encodeText, type TokenTable } from '@auricle/decoding';

/** Everything is resampled to this rate at the door (Hz). */
export const SAMPLE_RATE = 16_000;

export interface Recording {
  utterance: Utterance;
  /** 16-bit PCM at `SAMPLE_RATE`: half the memory of floats. */
  samples: Int16Array;
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

/** Loads every utterance; one that does not decode or has a character outside the vocabulary is left out and counted by its error's code. */
export async function loadCorpus(
  manifests: readonly string[],
  tokens: TokenTable,
  maximumSeconds: number,
): Promise<Corpus> {
  const corpus: Corpus = { recordings: [], leftOut: {} };
  const leaveOut = (code: string) => {
    corpus.leftOut[code] = (corpus.leftOut[code] ?? 0) + 1;
  };
  for (const manifest of manifests)
    for (const utterance of await readManifest(manifest)) {
      if (utterance.duration > maximumSeconds) {
        leaveOut('AUR_TRAIN_TOO_LONG');
        continue;
      }
      try {
        const labels = encodeText(tokens, utterance.text);
        const { samples, sampleRate } = await loadPcm(manifest, utterance);
        corpus.recordings.push({ utterance, labels, samples: toInt16(resample(samples, sampleRate, SAMPLE_RATE)) });
      } catch (error) {
        const code = (error as { code?: string }).code;
        if (!code?.startsWith('AUR_')) throw error;
        leaveOut(code);
      }
    }
  return corpus;
}

function toInt16(samples: Float32Array): Int16Array {
  const integers = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++)
    integers[i] = Math.max(-32768, Math.min(32767, Math.round(samples[i] * 32768)));
  return integers;
}

export function toFloat(samples: Int16Array): Float32Array {
  const floats = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) floats[i] = samples[i] / 32768;
  return floats;
}
