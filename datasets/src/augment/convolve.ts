/** A signal and the response of a filter go in, their convolution comes out. */
import FFT from 'fft.js';

/** The transforms keep tables of their size, a power of two. */
const transforms = new Map<number, FFT>();

function transformOf(size: number): FFT {
  const fft = transforms.get(size) ?? new FFT(size);
  transforms.set(size, fft);
  return fft;
}

const powerOfTwo = (least: number) => 2 ** Math.ceil(Math.log2(least));

/** out[i] = Σ_j response[j] · signal[from + i - j], beyond its ends the signal is silent; by overlap-add of FFTs.
 *  @param from where in the whole convolution of signal.length + response.length - 1 samples the result starts
 *  @param length samples of the result */
export function convolve(
  signal: Float32Array,
  response: ArrayLike<number>,
  from = 0,
  length = Math.max(0, signal.length + response.length - 1 - from),
): Float32Array {
  const out = new Float32Array(length);
  if (signal.length === 0 || response.length === 0 || length === 0) return out;
  // Four times the response wastes a quarter of each block; more than the whole signal would be wasted.
  const whole = powerOfTwo(Math.ceil(signal.length / 2) + response.length);
  const size = Math.max(4, Math.min(whole, Math.max(1024, powerOfTwo(4 * response.length))));
  const fft = transformOf(size);
  const block = size - response.length + 1;
  const spectrum = responseSpectrum(response, size, fft);
  const input = new Float64Array(2 * size);
  const output = new Float64Array(2 * size);
  for (let start = 0; start < signal.length && start < from + length; start += 2 * block) {
    if (start + 2 * block + response.length <= from) continue;
    // The response is real, so one complex transform filters two blocks: one as real part, one as imaginary.
    const second = Math.min(signal.length, start + block);
    input.fill(0);
    for (let i = start; i < second; i++) input[2 * (i - start)] = signal[i];
    for (let i = second, end = Math.min(signal.length, start + 2 * block); i < end; i++)
      input[2 * (i - second) + 1] = signal[i];
    fft.transform(output, input);
    multiply(output, spectrum);
    fft.inverseTransform(input, output);
    addParts(out, input, 0, start - from);
    addParts(out, input, 1, second - from);
  }
  return out;
}

function responseSpectrum(response: ArrayLike<number>, size: number, fft: FFT): Float64Array {
  const padded = new Float64Array(2 * size);
  for (let i = 0; i < response.length; i++) padded[2 * i] = response[i];
  const spectrum = new Float64Array(2 * size);
  fft.transform(spectrum, padded);
  return spectrum;
}

/** Complex product in place. */
function multiply(values: Float64Array, by: Float64Array): void {
  for (let i = 0; i < values.length; i += 2) {
    const re = values[i] * by[i] - values[i + 1] * by[i + 1];
    values[i + 1] = values[i] * by[i + 1] + values[i + 1] * by[i];
    values[i] = re;
  }
}

/** Adds the real (0) or imaginary (1) parts of `values` to out[at …], as far as they lie in it. */
function addParts(out: Float32Array, values: Float64Array, part: 0 | 1, at: number): void {
  const size = values.length / 2;
  const end = Math.min(size, out.length - at);
  for (let i = Math.max(0, -at); i < end; i++) out[at + i] += values[2 * i + part];
}
