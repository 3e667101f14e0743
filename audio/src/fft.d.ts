declare module 'fft.js' {
  export default class FFT {
    constructor(size: number);
    realTransform(out: number[], input: number[]): void;
  }
}
