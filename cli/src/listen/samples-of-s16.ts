/** Bytes in pieces of any size go in, the samples of 16-bit little-endian audio come out, its channels mixed into one. */
import { decodePcm } from '@auricle/audio';

/** Half a sample at the very end is dropped. */
export async function* samplesOfS16(pieces: AsyncIterable<Uint8Array>, channels = 1): AsyncGenerator<Float32Array> {
  const block = 2 * channels;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of pieces) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
    const whole = bytes.length - (bytes.length % block);
    rest = bytes.subarray(whole);
    if (whole > 0) yield mixed(decodePcm(bytes.subarray(0, whole), 's16le'), channels);
  }
}

function mixed(samples: Float32Array, channels: number): Float32Array {
  if (channels === 1) return samples;
  const mono = new Float32Array(samples.length / channels);
  samples.forEach((x, i) => {
    mono[Math.floor(i / channels)] += x / channels;
  });
  return mono;
}
