/** A WAV file goes in as it comes from a socket, its samples come out: its header may arrive in pieces, and its end need not be known. */
import { audioError } from '@auricle/audio/audio-errors';
import { bytesInMemory } from '@auricle/audio/byte-source';
import { type PcmSound, readPcm } from '@auricle/audio/formats/pcm-sound';
import { readWav } from '@auricle/audio/formats/riff';
import type { AudioIntake, AudioSink, Channels } from './intake.js';
import { WholeBlocks } from './whole-blocks.js';

/** No program writes more before the sound. */
const MOST_HEADER_BYTES = 1 << 20;
/** Of a file whose end has not come yet. */
const UNKNOWN_BYTES = Number.MAX_SAFE_INTEGER;

class HeaderIncomplete extends Error {}

export class WavIntake implements AudioIntake {
  private header = Buffer.alloc(0);
  private sound?: PcmSound;
  private blocks?: WholeBlocks;
  /** Bytes of the sound that are still to come. */
  private left = 0;

  constructor(
    private readonly wanted: Channels,
    private readonly sink: AudioSink,
  ) {}

  /** @throws AUR_AUDIO_DAMAGED, AUR_AUDIO_UNSUPPORTED */
  async push(bytes: Uint8Array): Promise<void> {
    if (this.sound) return this.pushSound(bytes);
    this.header = Buffer.concat([this.header, bytes]);
    const found = await this.readHeader();
    if (!found) {
      if (this.header.length <= MOST_HEADER_BYTES) return;
      const reason = `no sound within ${MOST_HEADER_BYTES} bytes`;
      throw audioError('AUR_AUDIO_DAMAGED', { source: 'stream', format: 'WAV', reason });
    }
    this.sound = found;
    this.blocks = new WholeBlocks((found.channels * found.bits) / 8);
    this.left = found.dataBytes;
    const { sampleRate, channels } = found;
    this.sink.open({ sampleRate, channels: this.wanted === 'each' ? channels : 1, encoding: 'f32le' });
    const rest = this.header.subarray(found.dataAt);
    this.header = Buffer.alloc(0);
    return this.pushSound(rest);
  }

  /** @throws AUR_AUDIO_TRUNCATED where the sound had not begun */
  end(): void {
    if (!this.sound)
      throw audioError('AUR_AUDIO_TRUNCATED', { source: 'stream', reason: 'it ends within the header of a WAV file' });
  }

  private async pushSound(bytes: Uint8Array): Promise<void> {
    const sound = this.sound!;
    // Behind the sound there may be other chunks.
    const own = bytes.subarray(0, Math.min(bytes.length, this.left));
    this.left -= own.length;
    const whole = this.blocks!.take(own);
    if (whole.length === 0) return;
    const piece = { ...sound, dataAt: 0, dataBytes: whole.length };
    const all = { from: 0, to: Number.POSITIVE_INFINITY };
    const channels = this.wanted === 'each' ? Array.from({ length: sound.channels }, (_, c) => c) : (['mix'] as const);
    for (const [place, channel] of channels.entries())
      this.sink.push(place, await readPcm(bytesInMemory(whole), piece, all, channel, 'stream'));
  }

  private async readHeader(): Promise<PcmSound | undefined> {
    const source = {
      size: UNKNOWN_BYTES,
      read: async (at: number, length: number) => {
        if (at + length > this.header.length) throw new HeaderIncomplete();
        return this.header.subarray(at, at + length);
      },
      close: async () => {},
    };
    try {
      return await readWav(source, 'stream');
    } catch (error) {
      if (error instanceof HeaderIncomplete) return undefined;
      throw error;
    }
  }
}
