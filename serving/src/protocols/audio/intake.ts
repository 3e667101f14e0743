/** The audio that a client sends, in whatever form, goes in; the audio of each channel comes out as streams take it. */
import type { PcmEncoding } from '@auricle/audio';

export interface IntakeFormat {
  /** Hz */
  sampleRate: number;
  /** that come out, each for a stream of its own */
  channels: number;
  /** of what comes out */
  encoding: PcmEncoding;
}

export interface AudioSink {
  /** Called once, before any audio: as soon as it is known what the audio is. */
  open(format: IntakeFormat): void;
  /** @param channel from 0
   *  @param audio whole samples */
  push(channel: number, audio: Uint8Array | Float32Array): void;
}

export interface AudioIntake {
  /** Takes bytes as they came, cut anywhere; done when it returns, or when its promise resolves. The next call waits for that.
   *  @throws AUR_AUDIO_… */
  push(bytes: Uint8Array): Promise<void> | void;
  /** No more comes: gives what is still owed.
   *  @throws AUR_AUDIO_… */
  end(): Promise<void> | void;
}

/** How many channels are wanted: each for itself, or the mean of all. */
export type Channels = 'each' | 'mix';
