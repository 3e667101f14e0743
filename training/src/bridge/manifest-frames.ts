/** Manifests go in, the frames of some of their utterances come out as a stream would have them: what a finished model is measured on. */
import { fbank, resample } from '@auricle/audio';
import { loadPcm, readManifest } from '@auricle/datasets';
import { codeOf, SAMPLE_RATE } from '../data/corpus.js';
import { trainingError } from '../errors.js';
import type { Frames } from './parity.js';

/** Utterances spread evenly over the manifests; those whose audio cannot be read are passed over.
 *  @param tailSeconds of silence after each
 *  @throws AUR_MANIFEST_… for a manifest that cannot be read, AUR_QUANTISE_AUDIO when no utterance can */
export async function manifestFrames(
  manifests: readonly string[],
  most: number,
  tailSeconds: number,
  melBins: number,
): Promise<Frames[]> {
  const all = [];
  for (const manifest of manifests)
    for (const utterance of await readManifest(manifest)) all.push({ manifest, utterance });
  const stride = Math.max(1, all.length / most);
  const found: Frames[] = [];
  for (let at = 0; Math.floor(at) < all.length && found.length < most; at += stride) {
    const { manifest, utterance } = all[Math.floor(at)];
    try {
      const pcm = await loadPcm(manifest, utterance);
      const samples = resample(pcm.samples, pcm.sampleRate, SAMPLE_RATE);
      const padded = new Float32Array(samples.length + Math.round(tailSeconds * SAMPLE_RATE));
      padded.set(samples);
      const features = fbank(padded);
      found.push({ features, frames: features.length / melBins });
    } catch (error) {
      // What is no coded error is a defect, and thrown on.
      codeOf(error);
    }
  }
  if (found.length === 0) throw trainingError('AUR_QUANTISE_AUDIO', { manifests: manifests.join(', ') });
  return found;
}
