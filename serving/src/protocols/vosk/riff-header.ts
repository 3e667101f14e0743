/** The first bytes of a client's audio go in; where they are a WAV file's, its rate and what follows its header come out. */

export interface RiffStart {
  /** Hz */
  sampleRate: number;
  /** behind the header */
  audio: Buffer;
}

const FMT_BYTES = 16;

/** @returns undefined for bare samples, and where the header is not whole: a client sends it with its first audio */
export function readRiffStart(bytes: Buffer): RiffStart | undefined {
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    return undefined;
  let sampleRate: number | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    at += 8;
    if (id === 'fmt ' && at + FMT_BYTES <= bytes.length) sampleRate = bytes.readUInt32LE(at + 4);
    if (id === 'data') return sampleRate === undefined ? undefined : { sampleRate, audio: bytes.subarray(at) };
    at += size + (size % 2);
  }
  return undefined;
}
