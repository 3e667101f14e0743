/** An utterance of a manifest goes in, its samples come out. */
import { type Pcm, readAudioFile } from '@auricle/audio';
import { datasetError } from './errors.js';
import { filePath, type Utterance } from './manifest.js';

/** The utterance's segment of its file: all of it, or `duration` seconds from `offset`.
 *  @throws AUR_AUDIO_… for a file that is missing or does not decode, AUR_MANIFEST_SEGMENT for a segment outside it */
export async function loadPcm(manifest: string, utterance: Utterance): Promise<Pcm> {
  const path = filePath(manifest, utterance);
  const pcm = await readAudioFile(path);
  if (utterance.offset === undefined) return pcm;
  const { offset, duration } = utterance;
  const from = Math.round(offset * pcm.sampleRate);
  const to = from + Math.round(duration * pcm.sampleRate);
  // Durations in manifests are rounded; a tenth of a second too long is no error.
  if (from >= pcm.samples.length || to > pcm.samples.length + 0.1 * pcm.sampleRate)
    throw datasetError('AUR_MANIFEST_SEGMENT', {
      where: path,
      from: offset,
      to: offset + duration,
      duration: pcm.samples.length / pcm.sampleRate,
    });
  return { samples: pcm.samples.slice(from, to), sampleRate: pcm.sampleRate };
}
