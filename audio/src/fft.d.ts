declare module 'fft.js' {
  export default class FFT {
    /** @param size a power of two */
    constructor(size: number);
    /** Fills `out` from `input`; both hold [size] pairs of real and imaginary part. */
    transform(out: Float64Array, input: Float64Array): void;
  }
}
