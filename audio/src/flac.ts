/** The bytes of a FLAC file go in, its channels come out (libFLAC compiled to JavaScript: its WebAssembly build fetches itself by URL, which fails under Node). */
import { createRequire } from 'node:module';
import { audioError } from './audio-errors.js';
import { mixDown, type Pcm } from './decode.js';

/** The part of libflacjs that decoding needs; its own types describe the browser build. */
interface LibFlac {
  isReady(): boolean;
  onready?: () => void;
  create_libflac_decoder(verifyMd5: boolean): number;
  init_decoder_stream(
    decoder: number,
    read: (size: number) => { buffer: Uint8Array | null; readDataLength: number; error: boolean },
    write: (channels: Uint8Array[], block: FlacBlock) => void,
    error: (code: number, description: string) => void,
    metadata: (info: { sampleRate: number; total_samples: number } | undefined) => void,
  ): number;
  FLAC__stream_decoder_process_until_end_of_stream(decoder: number): boolean;
  FLAC__stream_decoder_finish(decoder: number): boolean;
  FLAC__stream_decoder_delete(decoder: number): void;
}
interface FlacBlock {
  sampleRate: number;
  bitsPerSample: number;
}

let library: Promise<LibFlac> | undefined;

function loadLibrary(): Promise<LibFlac> {
  library ??= new Promise((resolve) => {
    const flac = createRequire(import.meta.url)('libflacjs/dist/libflac.js') as LibFlac;
    if (flac.isReady()) resolve(flac);
    else flac.onready = () => resolve(flac);
  });
  return library;
}

/** @throws AUR_AUDIO_DAMAGED for frames that do not decode, AUR_AUDIO_TRUNCATED for fewer samples than the header states */
export async function decodeFlac(bytes: Uint8Array, source: string): Promise<Pcm> {
  const flac = await loadLibrary();
  const blocks: Float32Array[][] = [];
  const problems: string[] = [];
  let sampleRate = 0;
  let expected = 0;
  let at = 0;
  const decoder = flac.create_libflac_decoder(false);
  try {
    const status = flac.init_decoder_stream(
      decoder,
      (size) => {
        const buffer = bytes.subarray(at, at + size);
        at += buffer.length;
        return { buffer: buffer.length > 0 ? buffer : null, readDataLength: buffer.length, error: false };
      },
      (channels, block) => {
        sampleRate = block.sampleRate;
        blocks.push(channels.map((channel) => integersToFloats(channel, block.bitsPerSample)));
      },
      (_, description) => problems.push(description),
      (info) => {
        expected = info?.total_samples ?? 0;
      },
    );
    if (status !== 0)
      throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'FLAC', reason: `decoder status ${status}` });
    if (!flac.FLAC__stream_decoder_process_until_end_of_stream(decoder)) problems.push('decoding stopped');
  } finally {
    flac.FLAC__stream_decoder_finish(decoder);
    flac.FLAC__stream_decoder_delete(decoder);
  }
  const length = blocks.reduce((sum, [first]) => sum + first.length, 0);
  if (problems.length > 0) throw audioError('AUR_AUDIO_DAMAGED', { source, format: 'FLAC', reason: problems[0] });
  if (length < expected)
    throw audioError('AUR_AUDIO_TRUNCATED', { source, reason: `${length} of ${expected} samples` });
  const samples = new Float32Array(length);
  let done = 0;
  for (const block of blocks) {
    const mono = mixDown(block);
    samples.set(mono, done);
    done += mono.length;
  }
  return { samples, sampleRate };
}

/** Little-endian two's complement integers of 8, 16, 24 or 32 bits to [-1, 1]. */
function integersToFloats(bytes: Uint8Array, bits: number): Float32Array {
  const width = Math.ceil(bits / 8);
  const out = new Float32Array(bytes.length / width);
  for (let i = 0; i < out.length; i++) {
    let value = 0;
    for (let b = 0; b < width; b++) value |= bytes[i * width + b] << (8 * (b + 4 - width));
    out[i] = (value >> (8 * (4 - width))) / 2 ** (bits - 1);
  }
  return out;
}
