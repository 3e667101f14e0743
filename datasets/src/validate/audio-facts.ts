/** A line of a manifest goes in, what its audio or its features really hold comes out. */
import { createHash } from 'node:crypto';
import { type Pcm, readAudioFile } from '@auricle/audio';
import { type Recording, resolvePath } from '../manifest.js';
import { loadFeatures, loadPcm } from '../utterance-loader.js';

export interface AudioFacts {
  seconds: number;
  /** of the samples or of the feature values, and their rate: the same in every lossless file format */
  hash: bigint;
  /** root mean square of the loudest 25 ms (dB of full scale); absent for features */
  loudest?: number;
  /** share of the samples at full scale, from 0 to 1; absent for features */
  clipped?: number;
}

const WINDOW_SECONDS = 0.025;
/** 16-bit audio reaches 32767 / 32768, and lossy codecs round what was clipped. */
const FULL_SCALE = 0.999;
const FEATURE_FRAMES_PER_SECOND = 100;

/** Decodes the file, or the segment of it if the line has an offset; reads the features where the line names some.
 *  @throws AUR_AUDIO_…, AUR_MANIFEST_SEGMENT, AUR_NPY_MISSING, AUR_NPY_INVALID */
export async function audioFacts(manifestPath: string, recording: Recording): Promise<AudioFacts> {
  const utterance = { ...recording, text: '' };
  const features = recording.features_filepath === undefined ? undefined : await loadFeatures(manifestPath, utterance);
  if (recording.audio_filepath !== undefined) {
    // Without an offset the whole file is compared with what the line says of it.
    const whole = recording.offset === undefined;
    return factsOf(
      whole ? await readAudioFile(resolvePath(manifestPath, recording)) : await loadPcm(manifestPath, utterance),
    );
  }
  const { values, rows, columns } = features!;
  return { seconds: rows / FEATURE_FRAMES_PER_SECOND, hash: hashSamples(values, columns) };
}

export function factsOf({ samples, sampleRate }: Pcm): AudioFacts {
  const window = Math.max(1, Math.round(WINDOW_SECONDS * sampleRate));
  let [loudest, clipped] = [0, 0];
  for (let from = 0; from < samples.length; from += window) {
    const to = Math.min(from + window, samples.length);
    let energy = 0;
    for (let i = from; i < to; i++) {
      energy += samples[i] * samples[i];
      if (Math.abs(samples[i]) >= FULL_SCALE) clipped++;
    }
    loudest = Math.max(loudest, energy / (to - from));
  }
  return {
    seconds: samples.length / sampleRate,
    hash: hashSamples(samples, sampleRate),
    loudest: 10 * Math.log10(loudest),
    clipped: clipped / samples.length,
  };
}

function hashSamples(samples: Float32Array, kind: number): bigint {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  return createHash('sha1').update(`${kind}:`).update(bytes).digest().readBigUInt64LE();
}
