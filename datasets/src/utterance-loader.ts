/** An utterance of a manifest goes in, its samples or its feature frames come out. */
import { AuricleError, audioInfo, type Pcm, readAudioFile } from '@auricle/audio';
import { datasetError } from './errors.js';
import { resolvePath, type Utterance } from './manifest.js';
import { type Matrix, readNpy } from './npy.js';

/** Durations in manifests are rounded and codecs pad: this much beyond or short of the file's end is the file's end (seconds). */
const TOLERANCE = 0.1;

/** The utterance's samples: `duration` seconds from `offset` (0 if absent), or to the end where the file ends within a tenth of a
 *  second. No more of the file is held in memory.
 *  @throws AUR_AUDIO_… for a file that is missing or does not decode up to the segment's end, AUR_MANIFEST_SEGMENT for a segment
 *  that leaves it, AUR_MANIFEST_NO_AUDIO */
export async function loadPcm(manifestPath: string, utterance: Utterance): Promise<Pcm> {
  const source = resolvePath(manifestPath, utterance);
  if (utterance.audio_filepath === undefined) throw datasetError('AUR_MANIFEST_NO_AUDIO', { source });
  const { offset = 0, duration } = utterance;
  const beyond = async () =>
    datasetError('AUR_MANIFEST_SEGMENT', {
      source,
      from: offset,
      to: offset + duration,
      duration: (await audioInfo(source)).duration,
    });
  // What is read beyond shows whether the file goes on.
  const read = readAudioFile(source, { offset, duration: duration + 2 * TOLERANCE });
  const { samples, sampleRate } = await read.catch(async (error) => {
    throw error instanceof AuricleError && error.code === 'AUR_AUDIO_SEGMENT' ? await beyond() : error;
  });
  const length = Math.round((offset + duration) * sampleRate) - Math.round(offset * sampleRate);
  const slack = TOLERANCE * sampleRate;
  if (length > samples.length + slack) throw await beyond();
  // Without an offset the utterance is the file: its last rounded-off samples belong to it.
  if (utterance.offset === undefined && samples.length < length + slack) return { samples, sampleRate };
  return { samples: samples.slice(0, length), sampleRate };
}

/** The utterance's feature frames, row-major [frames, bins].
 *  @throws AUR_NPY_MISSING, AUR_NPY_INVALID */
export const loadFeatures = (manifestPath: string, utterance: Utterance): Promise<Matrix> =>
  readNpy(resolvePath(manifestPath, { ...utterance, audio_filepath: undefined }));
