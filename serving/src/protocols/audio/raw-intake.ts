/** Bare samples go in, of a format that the client stated; the audio of each channel comes out. */
import { decodePcm, type PcmEncoding } from '@auricle/audio';
import { mixDown } from '@auricle/audio/mix-down';
import { g711Samples } from './g711.js';
import type { AudioIntake, AudioSink, Channels } from './intake.js';
import { WholeBlocks } from './whole-blocks.js';

export type RawEncoding = PcmEncoding | 'mulaw' | 'alaw';

export interface RawAudio {
  encoding: RawEncoding;
  /** Hz */
  sampleRate: number;
  /** interleaved */
  channels: number;
}

const SAMPLE_BYTES: Record<RawEncoding, number> = { s16le: 2, f32le: 4, mulaw: 1, alaw: 1 };

export class RawIntake implements AudioIntake {
  private readonly blocks: WholeBlocks;
  private readonly isPlain: boolean;

  constructor(
    private readonly audio: RawAudio,
    private readonly wanted: Channels,
    private readonly sink: AudioSink,
  ) {
    const { encoding, channels, sampleRate } = audio;
    this.blocks = new WholeBlocks(SAMPLE_BYTES[encoding] * channels);
    // What a stream takes as it is goes through as it came.
    this.isPlain = channels === 1 && (encoding === 's16le' || encoding === 'f32le');
    sink.open({
      sampleRate,
      channels: wanted === 'each' ? channels : 1,
      encoding: this.isPlain ? (encoding as PcmEncoding) : 'f32le',
    });
  }

  push(bytes: Uint8Array): void {
    const whole = this.blocks.take(bytes);
    if (whole.length === 0) return;
    if (this.isPlain) {
      this.sink.push(0, whole);
      return;
    }
    const split = deinterleave(this.decode(whole), this.audio.channels);
    if (this.wanted === 'each') for (const [channel, samples] of split.entries()) this.sink.push(channel, samples);
    else this.sink.push(0, mixDown(split));
  }

  /** Of a sample that was cut nothing can be made. */
  end(): void {}

  private decode(bytes: Uint8Array): Float32Array {
    const { encoding } = this.audio;
    return encoding === 'mulaw' || encoding === 'alaw' ? g711Samples(bytes, encoding) : decodePcm(bytes, encoding);
  }
}

function deinterleave(samples: Float32Array, channels: number): Float32Array[] {
  if (channels === 1) return [samples];
  const length = samples.length / channels;
  return Array.from({ length: channels }, (_, channel) => {
    const own = new Float32Array(length);
    for (let i = 0; i < length; i++) own[i] = samples[i * channels + channel];
    return own;
  });
}
