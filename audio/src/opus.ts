/** The bytes of an Ogg Opus file go in, mono samples at 48 kHz come out. */
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { audioError } from './audio-errors.js';
import { mixDown, type Pcm } from './mix-down.js';
import { opusLength } from './ogg-pages.js';

/** One decoder for the life of the process: it gives a file's memory back when the next one starts. */
let decoder: OggOpusDecoder | undefined;
/** It works on one file at a time. */
let turn: Promise<unknown> = Promise.resolve();

/** @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED */
export async function decodeOpus(bytes: Uint8Array, source: string): Promise<Pcm> {
  const length = opusLength(bytes, source);
  const work = turn.then(() => decode(bytes, source));
  turn = work.catch(() => undefined);
  const { channelData, samplesDecoded, sampleRate } = await work;
  // The decoder leaves up to the pre-skip's length too much at the end.
  return { samples: mixDown(channelData, Math.min(length, samplesDecoded)), sampleRate };
}

async function decode(bytes: Uint8Array, source: string) {
  decoder ??= new OggOpusDecoder();
  try {
    await decoder.ready;
    const decoded = await decoder.decodeFile(bytes);
    if (decoded.errors.length > 0) throw new Error(decoded.errors[0].message);
    return decoded;
  } catch (cause) {
    // It may be left in the middle of a file.
    decoder = undefined;
    throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'Ogg Opus', reason: (cause as Error).message }, { cause });
  }
}
