/** The bytes of a FLAC file go in, mono samples come out. */
import { FLACDecoder } from '@wasm-audio-decoders/flac';
import { audioError } from './audio-errors.js';
import { AuricleError } from './errors.js';
import { splitFlac } from './flac-frames.js';
import { mixDown, type Pcm } from './mix-down.js';

/** One decoder for the life of the process: each has WebAssembly memory of its own. */
let decoder: FLACDecoder | undefined;

/** The frames are found here and not by the decoder's own parser: that one loses files of a single frame and starts a
 *  new WebAssembly instance for each file.
 *  @throws AUR_AUDIO_DAMAGED for frames that do not decode, AUR_AUDIO_TRUNCATED for fewer samples than the header states */
export async function decodeFlac(bytes: Uint8Array, source: string): Promise<Pcm> {
  const { sampleRate, totalSamples, frames } = splitFlac(bytes, source);
  decoder ??= new FLACDecoder();
  const current = decoder;
  try {
    await current.ready;
    const { channelData, samplesDecoded, errors } = await current.decodeFrames(frames);
    if (errors.length > 0) throw new Error(errors[0].message);
    if (samplesDecoded < totalSamples)
      throw audioError('AUR_AUDIO_TRUNCATED', {
        source,
        reason: `${samplesDecoded} of ${totalSamples} FLAC samples are there`,
      });
    return { samples: mixDown(channelData, samplesDecoded), sampleRate };
  } catch (cause) {
    if (cause instanceof AuricleError) throw cause;
    // It may be left in the middle of a frame.
    decoder = undefined;
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'FLAC', reason: (cause as Error).message }, { cause });
  }
}
