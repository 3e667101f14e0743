/** Bytes of uncompressed or G.711 samples go in, their values come out: wavefile reads them as the sound of a file of our own making. */
import wavefile from 'wavefile';

const { WaveFile } = wavefile;

/** Codes as in WAV's `fmt ` chunk. */
export const PCM_FORMATS = { integer: 1, float: 3, aLaw: 6, muLaw: 7 } as const;

export interface PcmEncoding {
  littleEndian: boolean;
  /** One of `PCM_FORMATS`. */
  format: number;
  /** Integers of 8 (unsigned), 16, 24 or 32, floats of 32 or 64, G.711 of 8. */
  bits: number;
}

const HEADER_BYTES = 44;
/** Of one channel, for here samples are all that counts; no value depends on the rate. */
const CHANNELS = 1;
const RATE = 8000;

/** Values in [-1, 1] in the order of the samples, apart from floats beyond. */
export function waveSamples(encoding: PcmEncoding, data: Uint8Array): Float64Array {
  const wave = new WaveFile(plainWav(encoding, data));
  if (encoding.format === PCM_FORMATS.aLaw) wave.fromALaw();
  if (encoding.format === PCM_FORMATS.muLaw) wave.fromMuLaw();
  const values = wave.getSamples(true, Float64Array);
  if (encoding.format === PCM_FORMATS.float) return values;
  const bits = Number(wave.bitDepth);
  // 8-bit WAV is unsigned.
  const zero = bits === 8 ? 128 : 0;
  const scale = 2 ** (1 - bits);
  for (let i = 0; i < values.length; i++) values[i] = (values[i] - zero) * scale;
  return values;
}

/** In foreign files, chunks that the library also reads may claim billions of entries: it sees none but these two. */
function plainWav({ littleEndian, format, bits }: PcmEncoding, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + data.length);
  const view = new DataView(bytes.buffer);
  const text = (at: number, value: string) => {
    for (let i = 0; i < value.length; i++) bytes[at + i] = value.charCodeAt(i);
  };
  const blockBytes = (CHANNELS * bits) / 8;
  text(0, littleEndian ? 'RIFF' : 'RIFX');
  view.setUint32(4, bytes.length - 8, littleEndian);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, littleEndian);
  view.setUint16(20, format, littleEndian);
  view.setUint16(22, CHANNELS, littleEndian);
  view.setUint32(24, RATE, littleEndian);
  view.setUint32(28, RATE * blockBytes, littleEndian);
  view.setUint16(32, blockBytes, littleEndian);
  view.setUint16(34, bits, littleEndian);
  text(36, 'data');
  view.setUint32(40, data.length, littleEndian);
  bytes.set(data, HEADER_BYTES);
  return bytes;
}
