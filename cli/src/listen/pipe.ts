/** A pipe goes in, its audio comes out while it flows: WAV, what `StreamingDecoder` knows, or bare 16-bit samples. */
import { StreamingDecoder } from '@auricle/audio';
import type { ByteSource } from '@auricle/audio/byte-source';
import { readWav, WAV_MAGICS } from '@auricle/audio/formats/riff';
import { PCM_FORMATS } from '@auricle/audio/formats/wave-samples';
import { cliError } from '../errors.js';
import type { LiveAudio } from './live-audio.js';
import { samplesOfS16 } from './samples-of-s16.js';

const SOURCE = 'the pipe';
/** A header of a WAV file is shorter, but for pictures and the like. */
const HEAD_BYTES = 4096;
const COMPRESSED_MAGICS = ['OggS', 'fLaC', 'ID3', '\x1a\x45\xdf\xa3', '\xff\xfb', '\xff\xf3', '\xff\xf2'];

/** @param rate of bare samples, Hz
 *  @throws AUR_CLI_PIPE for a WAV that holds no 16-bit integers, and as `StreamingDecoder` */
export async function readPipe(input: AsyncIterable<Uint8Array>, rate: number): Promise<LiveAudio> {
  const pieces = input[Symbol.asyncIterator]();
  let head = await more(pieces, Buffer.alloc(0), 4);
  const magic = head.toString('latin1', 0, 4);
  if (WAV_MAGICS.includes(magic)) {
    head = await more(pieces, head, HEAD_BYTES);
    return wavOf(head, pieces);
  }
  if (COMPRESSED_MAGICS.some((known) => magic.startsWith(known))) return compressedOf(from(head, pieces));
  return { source: SOURCE, sampleRate: rate, samples: samplesOfS16(from(head, pieces)) };
}

async function wavOf(head: Buffer, pieces: AsyncIterator<Uint8Array>): Promise<LiveAudio> {
  // What is behind the head is not known yet, so no chunk reaches beyond the end.
  const file: ByteSource = {
    size: Number.MAX_SAFE_INTEGER,
    read: async (at, bytes) => head.subarray(at, at + bytes),
    close: async () => undefined,
  };
  const { format, bits, channels, sampleRate, dataAt, littleEndian } = await readWav(file, SOURCE);
  if (format !== PCM_FORMATS.integer || bits !== 16 || !littleEndian)
    throw cliError('AUR_CLI_PIPE', { reason: `a WAV of ${bits} bits in format ${format}: expected 16-bit integers` });
  return { source: SOURCE, sampleRate, samples: samplesOfS16(from(head.subarray(dataAt), pieces), channels) };
}

/** Reads on until the rate is known. */
async function compressedOf(bytes: AsyncIterable<Uint8Array>): Promise<LiveAudio> {
  const decoder = new StreamingDecoder(SOURCE);
  const samples = decoded(decoder, bytes);
  const first = await samples.next();
  if (!decoder.head) throw cliError('AUR_CLI_PIPE', { reason: 'it ended before its sound began' });
  return {
    source: SOURCE,
    sampleRate: decoder.head.sampleRate,
    samples: (async function* () {
      if (!first.done) yield first.value;
      yield* samples;
    })(),
  };
}

async function* decoded(decoder: StreamingDecoder, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Float32Array> {
  for await (const piece of bytes) yield* decoder.push(piece);
  yield* decoder.flush();
}

async function more(pieces: AsyncIterator<Uint8Array>, head: Buffer, bytes: number): Promise<Buffer> {
  let joined = head;
  while (joined.length < bytes) {
    const { value, done } = await pieces.next();
    if (done) break;
    joined = Buffer.concat([joined, value]);
  }
  return joined;
}

async function* from(head: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
}
