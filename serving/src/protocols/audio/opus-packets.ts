/** Opus packets without a container go in, one a message; the audio of each channel comes out. */
import { audioError } from '@auricle/audio/audio-errors';
import { OPUS_RATE, opusTrack } from '@auricle/audio/formats/opus-codec';
import { mixDown } from '@auricle/audio/mix-down';
import type { AudioIntake, AudioSink, Channels } from './intake.js';

type Codec = Awaited<ReturnType<ReturnType<typeof opusTrack>['openCodec']>>;

export class OpusPacketIntake implements AudioIntake {
  private codec?: Codec;

  /** @param channels one or two */
  constructor(
    private readonly channels: number,
    private readonly wanted: Channels,
    private readonly sink: AudioSink,
  ) {
    sink.open({ sampleRate: OPUS_RATE, channels: wanted === 'each' ? channels : 1, encoding: 'f32le' });
  }

  /** @throws AUR_AUDIO_DAMAGED */
  async push(packet: Uint8Array): Promise<void> {
    let split: Float32Array[];
    try {
      this.codec ??= await opusTrack({
        channels: this.channels,
        preSkip: 0,
        gain: 1,
        streamCount: 1,
        coupledStreamCount: this.channels - 1,
        channelMappingTable: [0, 1].slice(0, this.channels),
      }).openCodec();
      split = await this.codec.decode([packet]);
    } catch (cause) {
      const reason = (cause as Error).message;
      throw audioError('AUR_AUDIO_DAMAGED', { source: 'packet', format: 'Opus', reason }, { cause });
    }
    if (this.wanted === 'each')
      for (const [channel, samples] of split.entries()) this.sink.push(channel, samples.slice());
    else this.sink.push(0, mixDown(split));
  }

  end(): void {
    this.codec?.close?.();
  }
}
