/** The bytes of a FLAC file go in, mono samples come out. */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { audioError } from './audio-errors.js';
import { type FlacFrames, splitFlac } from './flac-frames.js';
import { inTurn } from './in-turn.js';
import { mixDown, type Pcm } from './mix-down.js';

/** One decoder for as long as all goes well: each has WebAssembly memory of its own. */
let kept: FLACDecoder | undefined;
const inDecoder = inTurn();

/** The frames are found here and not by the decoder's own parser: that one loses files of a single frame and starts a
 *  new WebAssembly instance for each file.
 *  @throws AUR_AUDIO_DAMAGED for frames that do not decode, AUR_AUDIO_TRUNCATED for fewer samples than the header states */
export async function decodeFlac(bytes: Uint8Array, source: string): Promise<Pcm> {
  const flac = splitFlac(bytes, source);
  return { samples: await inDecoder(() => decode(flac, source)), sampleRate: flac.sampleRate };
}

async function decode(flac: FlacFrames, source: string): Promise<Float32Array> {
  const fresh = () => decodeIn(new FLACDecoder(), flac);
  const used = kept;
  kept = undefined;
  try {
    // What an earlier file left in the decoder is not held against this one.
    return await (used ? decodeIn(used, flac).catch(fresh) : fresh());
  } catch (cause) {
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'FLAC', reason: (cause as Error).message }, { cause });
  }
}

async function decodeIn(decoder: FLACDecoder, { frames, samples }: FlacFrames): Promise<Float32Array> {
  await decoder.ready;
  const { channelData, samplesDecoded, bitDepth, errors } = await decoder.decodeFrames(frames);
  if (errors.length > 0) throw new Error(errors[0].message);
  // It may fall silent without an error.
  if (samplesDecoded !== samples) throw new Error(`${samplesDecoded} of ${samples} samples decode`);
  for (const channel of channelData) restore(channel, bitDepth);
  kept = decoder;
  return mixDown(channelData, samples);
}

/** The decoder divides integers by the largest and not by 2^(bits - 1): the lowest lands beyond -1, and all are 1 % too loud
 *  at 8 bits. Up to 24 bits the integers are exact again. */
function restore(channel: Float32Array, bits: number): void {
  const scale = 2 ** (bits - 1);
  for (let i = 0; i < channel.length; i++) channel[i] = Math.round(channel[i] * (scale - 1)) / scale;
}
