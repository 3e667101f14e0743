/** The bytes of an audio file go in, mono samples with their rate come out. */
import { readFile } from 'node:fs/promises';
import { OggOpusDecoder } from 'ogg-opus-decoder';
import { audioError } from './audio-errors.js';
import { decodeFlac } from './flac.js';
import { decodeWav } from './wav.js';

/** Mono PCM in [-1, 1]. */
export interface Pcm {
  samples: Float32Array;
  /** Hz */
  sampleRate: number;
}

/** One decoder for the life of the process: a new one for every file would not give its memory back. */
let opusDecoder: OggOpusDecoder | undefined;
/** It works on one file at a time. */
let turn: Promise<unknown> = Promise.resolve();

function decodeOpus(bytes: Uint8Array, source: string): Promise<Pcm> {
  const format = 'Ogg Opus';
  const work = turn.then(async () => {
    opusDecoder ??= new OggOpusDecoder();
    try {
      await opusDecoder.ready;
      const { channelData, samplesDecoded, sampleRate, errors } = await opusDecoder.decodeFile(bytes);
      await opusDecoder.reset();
      if (errors.length > 0) throw new Error(errors[0].message);
      return { samples: mixDown(channelData, samplesDecoded), sampleRate };
    } catch (cause) {
      opusDecoder = undefined;
      throw audioError('AUR_AUDIO_DAMAGED', { source, format, reason: (cause as Error).message }, { cause });
    }
  });
  turn = work.catch(() => undefined);
  return work;
}

/** Mean of the channels. */
export function mixDown(channels: readonly Float32Array[], length = channels[0]?.length ?? 0): Float32Array {
  // A copy also when there is one channel: it may be a view of a decoder's memory.
  if (channels.length === 1) return channels[0].slice(0, length);
  const mono = new Float32Array(length);
  for (const channel of channels) for (let i = 0; i < length; i++) mono[i] += channel[i] / channels.length;
  return mono;
}

const ascii = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** Decodes WAV, FLAC or Ogg Opus (at 48 kHz), told apart by their first bytes; channels are mixed to one.
 *  @param source names the audio in errors
 *  @throws AUR_AUDIO_EMPTY, AUR_AUDIO_TRUNCATED, AUR_AUDIO_UNKNOWN_FORMAT, AUR_AUDIO_DAMAGED */
export async function decodeAudio(bytes: Uint8Array, source: string): Promise<Pcm> {
  if (bytes.length === 0) throw audioError('AUR_AUDIO_EMPTY', { source });
  const pcm = await decodeByFormat(bytes, source);
  if (pcm.samples.length === 0) throw audioError('AUR_AUDIO_EMPTY', { source });
  return pcm;
}

function decodeByFormat(bytes: Uint8Array, source: string): Promise<Pcm> | Pcm {
  const start = ascii(bytes, 0, 4);
  if (start === 'RIFF' || start === 'RIFX') return decodeWav(bytes, source);
  if (start === 'fLaC') return decodeFlac(bytes, source);
  if (start === 'OggS' && ascii(bytes, 28, 8) === 'OpusHead') return decodeOpus(bytes, source);
  throw audioError('AUR_AUDIO_UNKNOWN_FORMAT', { source, start: JSON.stringify(start) });
}

/** @throws AUR_AUDIO_MISSING when the file cannot be read, and as `decodeAudio` */
export async function readAudioFile(path: string): Promise<Pcm> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw audioError('AUR_AUDIO_MISSING', { source: path, reason: (cause as Error).message }, { cause });
  }
  return decodeAudio(bytes, path);
}
