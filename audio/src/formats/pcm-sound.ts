/** A file of uncompressed or G.711 samples goes in, described; a range of its samples comes out. */
import alawmulaw from 'alawmulaw';
import { audioError } from '../audio-errors.js';
import type { ByteSource } from '../byte-source.js';
import { type ChannelChoice, checkChannel } from '../mix-down.js';
import type { SampleRange } from '../read-options.js';

/** Codes as in WAV's `fmt ` chunk. */
export const PCM_FORMATS = { integer: 1, float: 3, aLaw: 6, muLaw: 7 } as const;

export interface PcmEncoding {
  littleEndian: boolean;
  /** One of `PCM_FORMATS`. */
  format: number;
  /** Integers of 8 (unsigned), 16, 24 or 32, floats of 32 or 64, G.711 of 8. */
  bits: number;
}

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
    const values = readSamples(sound, data);
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

/** All channels' samples in [-1, 1], apart from floats beyond. */
function readSamples({ format, bits, littleEndian }: PcmSound, data: Uint8Array): Float64Array {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const values = new Float64Array((8 * data.length) / bits);
  const { length } = values;
  const scale = 2 ** (1 - bits);
  if (format === PCM_FORMATS.float && bits === 32)
    for (let i = 0; i < length; i++) values[i] = view.getFloat32(4 * i, littleEndian);
  else if (format === PCM_FORMATS.float)
    for (let i = 0; i < length; i++) values[i] = view.getFloat64(8 * i, littleEndian);
  else if (format !== PCM_FORMATS.integer) {
    const expanded = format === PCM_FORMATS.aLaw ? alawmulaw.alaw.decode(data) : alawmulaw.mulaw.decode(data);
    for (let i = 0; i < length; i++) values[i] = expanded[i] / 32768;
  } else if (bits === 8) for (let i = 0; i < length; i++) values[i] = (data[i] - 128) * scale;
  else if (bits === 16) for (let i = 0; i < length; i++) values[i] = view.getInt16(2 * i, littleEndian) * scale;
  else if (bits === 32) for (let i = 0; i < length; i++) values[i] = view.getInt32(4 * i, littleEndian) * scale;
  else {
    const [high, low] = littleEndian ? [2, 0] : [0, 1];
    for (let i = 0; i < length; i++)
      values[i] = ((view.getInt8(3 * i + high) << 16) | view.getUint16(3 * i + low, littleEndian)) * scale;
  }
  return values;
}
