/** An attempt to read audio goes in, its outcome comes out: samples, or the code of an error that keeps the room's promises. */
import { AuricleError, decodeAudio, type Pcm } from '@auricle/audio';
import { expect } from 'vitest';

const SOURCE = 'takes/one two.wav';

/** The code of the refusal, undefined when there was none. Any error must be coded and name its source. */
export async function refusalOf(read: () => Promise<Pcm> | Pcm, source: string): Promise<string | undefined> {
  try {
    const { samples, sampleRate } = await read();
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.every((v) => v >= -1 && v <= 1)).toBe(true);
    expect(sampleRate).toBeGreaterThan(0);
    return undefined;
  } catch (error) {
    if (!(error instanceof AuricleError)) throw error;
    expect(error.code).toMatch(/^AUR_AUDIO_[A-Z_]+$/);
    expect(error.message).toContain(source);
    // A detail that the template asks for and the code forgot.
    expect(error.message).not.toContain('undefined');
    return error.code;
  }
}

/** As `refusalOf` for bytes of any format. */
export const refusalOfBytes = (bytes: Uint8Array) => refusalOf(() => decodeAudio(bytes, SOURCE), SOURCE);

/** Much faster than `toEqual` where there are many. */
export const sameSamples = (a: Float32Array, b: Float32Array): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);
