/** FLAC frames go in, samples come out. */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import type { Codec } from '../packet-groups.js';

export interface FlacStream {
  channels: number;
  bits: number;
  /** Samples of a frame: a decoder counts in them, and takes a file with others for one with frames missing. */
  blockSize: number;
}

/** Decoders that are done with their file: each new one takes 17 MB of address space, which drives the garbage collector. */
const idle: { blockSize: number; decoder: FLACDecoder }[] = [];
const MOST_IDLE = 4;

export async function openFlac(stream: FlacStream): Promise<Codec> {
  const { blockSize } = stream;
  const used = idle.findIndex((kept) => kept.blockSize === blockSize);
  let isUsed = used >= 0;
  let decoder = isUsed ? idle.splice(used, 1)[0].decoder : new FLACDecoder();
  await decoder.ready;
  return {
    async decode(frames) {
      try {
        return await decodeFrames(decoder, frames, stream);
      } catch (error) {
        // What an earlier file left in the decoder is not held against this one.
        if (!isUsed) throw error;
        isUsed = false;
        decoder = new FLACDecoder();
        await decoder.ready;
        return decodeFrames(decoder, frames, stream);
      }
    },
    close() {
      if (idle.length < MOST_IDLE) idle.push({ blockSize, decoder });
    },
  };
}

async function decodeFrames(decoder: FLACDecoder, frames: readonly Uint8Array[], { channels, bits }: FlacStream) {
  const { channelData, bitDepth, errors } = await decoder.decodeFrames([...frames]);
  if (errors.length > 0) throw new Error(errors[0].message);
  if (channelData.length !== channels)
    throw new Error(`a frame has ${channelData.length} channels, expected ${channels}`);
  if (bitDepth !== bits) throw new Error(`a frame has samples of ${bitDepth} bits, expected ${bits}`);
  for (const channel of channelData) restore(channel, bits);
  return channelData;
}

/** The decoder divides integers by the largest and not by 2^(bits - 1): the lowest lands beyond -1, and all are 1 % too loud
 *  at 8 bits. Up to 24 bits the integers are exact again. */
function restore(channel: Float32Array, bits: number): void {
  const scale = 2 ** (bits - 1);
  for (let i = 0; i < channel.length; i++) channel[i] = Math.round(channel[i] * (scale - 1)) / scale;
}
