/** The contract between the readers of compressed formats, which take files apart, and what decodes the packets in them. */
import type { Starved } from './byte-queue.js';

/** Known before the first packet. */
export interface SoundHead {
  kind: 'head';
  /** As errors and `audioInfo` name it. */
  format: string;
  /** Hz */
  sampleRate: number;
  channels: number;
  /** Decoded samples before the recording starts. */
  skip: number;
  /** Samples of the recording, where the file states them. */
  total?: number;
  /** Ogg: what a page's granule position counts from, in decoded samples before the first, and the stream's serial number. */
  granules?: { start: number; serial: number };
  /** Packets that a decoder must have seen before its samples are those of the whole. */
  preroll: number;
  openCodec(): Promise<Codec>;
}

export interface PacketGroup {
  kind: 'packets';
  packets: readonly Uint8Array[];
  /** What they decode to, a channel. */
  samples: number;
  /** Of these, the last that are no part of the recording. */
  padding: number;
}

/** A head, then packets; in a chained file again a head of the same rate and channels, from which on a decoder starts afresh. */
export type SoundReader = Generator<Starved | SoundHead | PacketGroup, void>;

export interface Codec {
  /** One array a channel. Throws for packets that do not decode. */
  decode(packets: readonly Uint8Array[]): Float32Array[] | Promise<Float32Array[]>;
  /** Called where the recording has been decoded up to its end. */
  close?(): void;
}
