/** A file of uncompressed or G.711 samples goes in, described; a range of its samples comes out. */
import { audioError } from '../audio-errors.js';
import type { ByteSource } from '../byte-source.js';
import { type ChannelChoice, checkChannel } from '../mix-down.js';
import type { SampleRange } from '../read-options.js';
import { type PcmEncoding, waveSamples } from './wave-samples.js';

export interface PcmSound extends PcmEncoding {
  /** As errors and `audioInfo` name it. */
  container: string;
  channels: number;
  /** Hz */
  sampleRate: number;
  /** Where the samples lie: whole blocks of `channels` of them. */
  dataAt: number;
  dataBytes: number;
}

/** Samples that are read at a time. */
const SAMPLES_AT_A_TIME = 128 * 1024;

const blockBytes = ({ channels, bits }: PcmSound) => (channels * bits) / 8;

/** Samples a channel. */
export const pcmLength = (sound: PcmSound): number => sound.dataBytes / blockBytes(sound);

/** Samples in [-1, 1] of one channel, or the mean of all; the range is cut at the recording's end.
 *  @throws AUR_AUDIO_CHANNEL, AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED for floats that are not finite */
export async function readPcm(
  file: ByteSource,
  sound: PcmSound,
  range: SampleRange,
  channel: ChannelChoice,
  source: string,
): Promise<Float32Array> {
  const { channels } = sound;
  checkChannel(channel, channels, source);
  const block = blockBytes(sound);
  const [first, mixed] = channel === 'mix' ? [0, channels] : [channel, 1];
  const samples = new Float32Array(Math.max(0, Math.min(range.to, pcmLength(sound)) - range.from));
  const most = Math.ceil(SAMPLES_AT_A_TIME / channels);
  for (let done = 0; done < samples.length; ) {
    const count = Math.min(most, samples.length - done);
    const data = await file.read(sound.dataAt + (range.from + done) * block, count * block);
    if (data.length < count * block)
      throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `${data.length} of ${count * block} bytes are there` });
    const values = waveSamples(sound, data);
    for (let i = 0; i < count; i++, done++) {
      let sum = 0;
      for (let c = first; c < first + mixed; c++) sum += values[i * channels + c];
      if (!Number.isFinite(sum)) {
        const reason = `sample ${range.from + done} is ${sum}`;
        throw audioError('AUR_AUDIO_DAMAGED', { source, format: sound.container, reason });
      }
      samples[done] = Math.max(-1, Math.min(1, sum / mixed));
    }
  }
  return samples;
}
