/** The bytes of a compressed recording go in, in pieces of any size, and its mono samples come out as soon as they are known. */
import { ByteQueue } from './byte-queue.js';
import { readCompressed } from './compressed-format.js';
import { GroupDecoder } from './group-decoder.js';
import type { SoundHead, SoundReader } from './packet-groups.js';
import { checkReadOptions, type ReadOptions, sampleRange } from './read-options.js';

export type StreamingDecoderOptions = Omit<ReadOptions, 'raw'>;

/** Decodes Ogg Opus, Ogg Vorbis, WebM Opus, FLAC or MP3, told apart by their content. Any cutting of the bytes gives the same
 *  samples. `push` and `flush` decode while their blocks are taken: take all of one call's blocks before the next call.
 *  @example for await (const samples of decoder.push(bytes)) stream.push(resampler.push(samples)) */
export class StreamingDecoder {
  private readonly queue = new ByteQueue();
  private readonly reader: SoundReader;
  private known?: SoundHead;
  private groups?: GroupDecoder;
  private wanted = Number.POSITIVE_INFINITY;
  private failure?: { error: unknown };

  /** @param source names the recording in errors
   *  @throws AUR_AUDIO_OPTION */
  constructor(
    private readonly source: string,
    private readonly options: StreamingDecoderOptions = {},
  ) {
    checkReadOptions(options, source);
    this.reader = readCompressed(this.queue, source);
  }

  /** Format, rate and channels: known before the first samples. */
  get head(): SoundHead | undefined {
    return this.known;
  }

  /** Samples of the recording read so far: at the end, its length. */
  get position(): number {
    return this.groups?.position ?? 0;
  }

  /** True when all that the options ask for has come out. */
  get isDone(): boolean {
    return this.position >= this.wanted;
  }

  /** @param bytes any number of them, which the caller must not change afterwards
   *  @returns blocks of samples in [-1, 1]
   *  @throws AUR_AUDIO_UNKNOWN_FORMAT, AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED, AUR_AUDIO_ENCODING, AUR_AUDIO_CHANNEL; after an error, the same again */
  async *push(bytes: Uint8Array): AsyncGenerator<Float32Array> {
    this.queue.append(bytes);
    yield* this.read();
  }

  /** The samples still owed at the end of the bytes.
   *  @throws AUR_AUDIO_EMPTY, AUR_AUDIO_TRUNCATED where the recording goes on, and as `push` */
  async *flush(): AsyncGenerator<Float32Array> {
    this.queue.end();
    yield* this.read();
    this.groups?.close();
  }

  private async *read(): AsyncGenerator<Float32Array> {
    if (this.failure) throw this.failure.error;
    try {
      while (!this.isDone) {
        const { value, done } = this.reader.next();
        if (done) this.queue.take(this.queue.available);
        if (!value) return;
        if (value.kind === 'packets') yield* this.groups!.decode(value);
        else this.begin(value);
      }
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }

  private begin(head: SoundHead): void {
    if (this.groups) {
      this.groups.startAfresh(head);
      return;
    }
    const range = sampleRange(this.options, head.sampleRate, this.source);
    this.known = head;
    this.wanted = range.to;
    this.groups = new GroupDecoder(head, range, this.options.channel ?? 'mix', this.source);
  }
}
