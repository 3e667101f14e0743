export * from './decode.js';
export * from './errors.js';
export { fbank, frameCount, StreamingFbank } from './fbank.js';
export { FBANK, type FbankOptions } from './fbank-plan.js';
export type { Pcm } from './mix-down.js';
export * from './pcm.js';
export * from './resample.js';
export * from './wav.js';
