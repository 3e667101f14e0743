/** A file goes in; where it holds uncompressed or G.711 samples, a description of them comes out. */
import { audioError } from './audio-errors.js';
import type { ByteSource } from './byte-source.js';
import type { PcmSound } from './formats/pcm-sound.js';
import { type RawFormat, rawSound } from './formats/raw-pcm.js';
import { readWav, WAV_MAGICS } from './formats/riff.js';
import { readSphere, SPHERE_MAGIC } from './formats/sphere.js';

/** @param raw what a user states of a file that has no header
 *  @returns undefined for other formats
 *  @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_UNSUPPORTED, AUR_AUDIO_ENCODING, AUR_AUDIO_DAMAGED */
export async function readPcmFormat(
  file: ByteSource,
  raw: RawFormat | undefined,
  source: string,
): Promise<PcmSound | undefined> {
  if (raw) return rawSound(file, raw, source);
  const start = Buffer.from(await file.read(0, SPHERE_MAGIC.length)).toString('latin1');
  if (WAV_MAGICS.includes(start.slice(0, 4))) return readWav(file, source);
  if (start === SPHERE_MAGIC) return readSphere(file, source);
  if ([...WAV_MAGICS, SPHERE_MAGIC].some((magic) => magic.startsWith(start)))
    throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `it has ${file.size} bytes` });
  return undefined;
}
