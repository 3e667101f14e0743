/** The bytes of an audio file go in, mono samples with their rate come out. */
import { readFile } from 'node:fs/promises';
import { audioError } from './audio-errors.js';
import { decodeFlac } from './flac.js';
import type { Pcm } from './mix-down.js';
import { decodeOpus } from './opus.js';
import { decodeWav } from './wav.js';

/** Decodes WAV, FLAC or Ogg Opus (at 48 kHz), told apart by their first bytes; channels are mixed to one.
 *  @param source names the audio in errors
 *  @throws AUR_AUDIO_EMPTY, AUR_AUDIO_TRUNCATED, AUR_AUDIO_UNKNOWN_FORMAT, AUR_AUDIO_UNSUPPORTED, AUR_AUDIO_DAMAGED */
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
  const cut = ['RIFF', 'fLaC', 'OggS'].some((magic) => magic.startsWith(start)) && bytes.length < 36;
  if (cut) throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `it has ${bytes.length} bytes` });
  throw audioError('AUR_AUDIO_UNKNOWN_FORMAT', { source, start: JSON.stringify(start) });
}

const ascii = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

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
