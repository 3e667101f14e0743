/** Opus packets go in, their lengths and their samples at 48 kHz come out. */
import { OpusDecoder } from 'opus-decoder';
import type { Codec, SoundHead } from '../packet-groups.js';
import type { OpusHead } from './opus-head.js';

/** Hz, whatever the encoder was given. */
export const OPUS_RATE = 48_000;

/** A decoder that starts within a recording has settled after so many packets: at 20 ms each, a second. RFC 7845 asks for 80 ms. */
export const OPUS_PREROLL = 50;

/** Samples a frame for each configuration of the first byte (RFC 6716, section 3.1): SILK, hybrid, CELT. */
const FRAME_SAMPLES = [
  ...[480, 960, 1920, 2880, 480, 960, 1920, 2880, 480, 960, 1920, 2880],
  ...[480, 960, 480, 960],
  ...[120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960],
];

/** Samples a channel at 48 kHz that the packet states; 0 where it states none. */
export function opusSamples(packet: Uint8Array): number {
  if (packet.length === 0) return 0;
  const code = packet[0] & 3;
  const frames = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 63;
  return frames * FRAME_SAMPLES[packet[0] >> 3];
}

/** What a container's reader says of Opus, whatever the container. */
export const opusTrack = (head: OpusHead): Omit<SoundHead, 'kind' | 'format'> => ({
  sampleRate: OPUS_RATE,
  channels: head.channels,
  skip: head.preSkip,
  preroll: OPUS_PREROLL,
  openCodec: () => openOpus(head),
});

async function openOpus(head: OpusHead): Promise<Codec> {
  // The pre-skip is left to those who know where in the recording the packets are.
  const decoder = new OpusDecoder({ ...head, preSkip: 0, sampleRate: OPUS_RATE });
  await decoder.ready;
  return {
    decode(packets) {
      const { channelData, errors } = decoder.decodeFrames([...packets]);
      if (errors.length > 0) throw new Error(errors[0].message);
      if (head.gain !== 1)
        for (const channel of channelData) for (let i = 0; i < channel.length; i++) channel[i] *= head.gain;
      return channelData;
    },
  };
}
