/** The bytes of a recording in a container go in, told apart by their content: WAV, FLAC, Ogg Opus, Ogg Vorbis, WebM Opus or MP3; its audio comes out. */
import { StreamingDecoder } from '@auricle/audio';
import { WAV_MAGICS } from '@auricle/audio/formats/riff';
import type { AudioIntake, AudioSink, Channels } from './intake.js';
import { WavIntake } from './wav-intake.js';

const MAGIC_BYTES = 4;

export class ContainerIntake implements AudioIntake {
  private start = Buffer.alloc(0);
  private intake?: AudioIntake;

  constructor(
    private readonly wanted: Channels,
    private readonly sink: AudioSink,
  ) {}

  /** @throws AUR_AUDIO_… */
  async push(bytes: Uint8Array): Promise<void> {
    if (this.intake) return this.intake.push(bytes);
    this.start = Buffer.concat([this.start, bytes]);
    if (this.start.length >= MAGIC_BYTES) await this.open().push(this.start);
  }

  async end(): Promise<void> {
    if (!this.intake && this.start.length === 0) return;
    if (!this.intake) await this.open().push(this.start);
    await this.intake!.end();
  }

  private open(): AudioIntake {
    const isWav = WAV_MAGICS.includes(this.start.toString('latin1', 0, MAGIC_BYTES));
    this.intake = isWav ? new WavIntake(this.wanted, this.sink) : new CompressedIntake(this.wanted, this.sink);
    return this.intake;
  }
}

/** A decoder a channel: how many there are is known once the first one has read the head. */
class CompressedIntake implements AudioIntake {
  private readonly decoders: StreamingDecoder[];
  private isOpen = false;
  /** What came before the number of channels was known. */
  private seen: Uint8Array[] = [];

  constructor(
    private readonly wanted: Channels,
    private readonly sink: AudioSink,
  ) {
    this.decoders = [new StreamingDecoder('stream', { channel: wanted === 'each' ? 0 : 'mix' })];
  }

  async push(bytes: Uint8Array): Promise<void> {
    // Decoders keep pieces, and a Buffer from a socket may be used again.
    const own = Uint8Array.from(bytes);
    if (!this.isOpen) this.seen.push(own);
    for (const [channel, decoder] of [...this.decoders.entries()]) await this.feed(channel, decoder.push(own));
  }

  async end(): Promise<void> {
    for (const [channel, decoder] of [...this.decoders.entries()]) await this.feed(channel, decoder.flush());
  }

  private async feed(channel: number, blocks: AsyncGenerator<Float32Array>): Promise<void> {
    for await (const samples of blocks) {
      if (!this.isOpen) await this.open();
      this.sink.push(channel, samples);
    }
  }

  private async open(): Promise<void> {
    const { sampleRate, channels } = this.decoders[0].head!;
    const wanted = this.wanted === 'each' ? channels : 1;
    this.isOpen = true;
    this.sink.open({ sampleRate, channels: wanted, encoding: 'f32le' });
    for (let channel = 1; channel < wanted; channel++) {
      const decoder = new StreamingDecoder('stream', { channel });
      this.decoders.push(decoder);
      for (const bytes of this.seen) await this.feed(channel, decoder.push(bytes));
    }
    this.seen = [];
  }
}
