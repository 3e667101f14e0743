/** A NIST SPHERE file goes in, its duration comes out, as its header tells it. To be replaced by @auricle/audio's own when that reads SPHERE. */
import { open } from 'node:fs/promises';
import { audioError } from '@auricle/audio/audio-errors';

/** Bytes of the header in which the fields stand. */
const HEADER = 1024;

/** @returns seconds
 *  @throws AUR_AUDIO_MISSING, AUR_AUDIO_DAMAGED */
export async function sphereSeconds(path: string): Promise<number> {
  const header = await readStart(path).catch((cause: Error) => {
    throw audioError('AUR_AUDIO_MISSING', { source: path, reason: cause.message }, { cause });
  });
  const field = (name: string) => Number(new RegExp(`^${name} -i (\\d+)$`, 'm').exec(header)?.[1]);
  const seconds = field('sample_count') / field('sample_rate');
  if (header.startsWith('NIST_1A') && seconds > 0 && Number.isFinite(seconds)) return seconds;
  const reason = 'expected a header NIST_1A with sample_count and sample_rate';
  throw audioError('AUR_AUDIO_DAMAGED', { source: path, format: 'SPHERE', reason });
}

async function readStart(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER), 0, HEADER, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
