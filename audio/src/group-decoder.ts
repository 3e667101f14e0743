/** Groups of packets go in, the mono samples of a range of the recording come out. */
import { audioError } from './audio-errors.js';
import { type ChannelChoice, checkChannel, mixDown } from './mix-down.js';
import type { Codec, PacketGroup, SoundHead } from './packet-groups.js';
import type { SampleRange } from './read-options.js';

/** Packets decoded at a time, so that few bytes do not become much memory at once: of Opus, these hold up to 2 s. */
const PACKETS_AT_A_TIME = 16;

export class GroupDecoder {
  private codec?: Codec;
  /** Decoded samples still to come before the recording starts. */
  private skip: number;
  /** Samples of the recording before the next group. */
  private at = 0;
  /** The last packets before the range, which were not decoded. */
  private passed: Uint8Array[] = [];

  /** @throws AUR_AUDIO_CHANNEL */
  constructor(
    private head: SoundHead,
    private readonly range: SampleRange,
    private readonly channel: ChannelChoice,
    private readonly source: string,
  ) {
    checkChannel(channel, head.channels, source);
    this.skip = head.skip;
  }

  /** Samples of the recording in the groups seen so far. */
  get position(): number {
    return this.at;
  }

  /** What follows is coded by itself, as the next stream of a chained file; the recording goes on. */
  startAfresh(head: SoundHead): void {
    this.close();
    this.head = head;
    this.skip = head.skip;
    this.passed = [];
  }

  /** @throws AUR_AUDIO_DAMAGED */
  async *decode({ packets, samples, padding }: PacketGroup): AsyncGenerator<Float32Array> {
    const lead = Math.min(this.skip, samples);
    this.skip -= lead;
    const start = this.at;
    this.at += Math.max(0, samples - padding - lead);
    if (start >= this.range.to) return;
    if (this.at <= this.range.from) {
      this.passed = this.head.preroll === 0 ? [] : [...this.passed, ...packets].slice(-this.head.preroll);
      return;
    }
    for await (const _ of this.decodePackets(this.passed));
    this.passed = [];
    // Where the wanted samples lie among those that the group decodes to.
    const from = lead + Math.max(0, this.range.from - start);
    const to = lead + Math.min(this.at, this.range.to) - start;
    let decoded = 0;
    for await (const channels of this.decodePackets(packets)) {
      const { length } = channels[0];
      const part = channels.map((channel) => channel.subarray(Math.max(0, from - decoded), Math.max(0, to - decoded)));
      decoded += length;
      if (part[0].length === 0) continue;
      const mono = mixDown(this.channel === 'mix' ? part : [part[this.channel]]);
      if (hasNaN(mono)) throw this.damaged(new Error('its samples are no numbers'));
      yield mono;
    }
    if (decoded !== samples) throw this.damaged(new Error(`${decoded} of ${samples} samples decode`));
  }

  /** At the end of the recording, or of a stream of it. */
  close(): void {
    this.codec?.close?.();
    this.codec = undefined;
  }

  private async *decodePackets(packets: readonly Uint8Array[]): AsyncGenerator<Float32Array[]> {
    for (let i = 0; i < packets.length; i += PACKETS_AT_A_TIME) {
      let channels: Float32Array[];
      try {
        this.codec ??= await this.head.openCodec();
        channels = await this.codec.decode(packets.slice(i, i + PACKETS_AT_A_TIME));
      } catch (cause) {
        throw this.damaged(cause);
      }
      if (channels.length > 0) yield channels;
    }
  }

  private damaged(cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return audioError('AUR_AUDIO_DAMAGED', { source: this.source, format: this.head.format, reason }, { cause });
  }
}

function hasNaN(samples: Float32Array): boolean {
  for (let i = 0; i < samples.length; i++) if (Number.isNaN(samples[i])) return true;
  return false;
}
