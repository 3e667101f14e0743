declare module 'fft.js' {
  export default class FFT {
    /** @param size a power of two */
    constructor(size: number);
    /** Fills the lower half of `out`, [size / 2 + 1] pairs of real and imaginary part, from `size` real numbers. */
    realTransform(out: Float64Array, input: Float64Array): void;
  }
}
