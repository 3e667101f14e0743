/** What a live request says of its audio goes in, what decodes it comes out. */
import { ContainerIntake } from '../audio/container-intake.js';
import type { AudioIntake, AudioSink } from '../audio/intake.js';
import { OpusPacketIntake } from '../audio/opus-packets.js';
import { type RawEncoding, RawIntake } from '../audio/raw-intake.js';
import type { DeepgramEncoding, LiveParameters } from './parameters.js';

/** Those without a container. */
export const RAW: Partial<Record<DeepgramEncoding, RawEncoding>> = {
  linear16: 's16le',
  linear32: 'f32le',
  mulaw: 'mulaw',
  alaw: 'alaw',
};

export function intakeOf(parameters: LiveParameters, sink: AudioSink): AudioIntake {
  const { encoding, sample_rate: sampleRate, channels = 1, multichannel } = parameters;
  const wanted = multichannel ? 'each' : 'mix';
  const raw = encoding && RAW[encoding];
  if (raw) return new RawIntake({ encoding: raw, sampleRate: sampleRate!, channels }, wanted, sink);
  if (encoding === 'opus') return new OpusPacketIntake(channels, wanted, sink);
  return new ContainerIntake(wanted, sink);
}
