export * from './decode.js';
export * from './errors.js';
export * from './fbank.js';
export type { Pcm } from './mix-down.js';
export * from './pcm.js';
export * from './resample.js';
export * from './wav.js';
