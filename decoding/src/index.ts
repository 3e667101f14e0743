export type { Sampling } from './bpe.js';
export * from './bpe-training.js';
export * from './encode-text.js';
export * from './endpoint.js';
export * from './error-rate.js';
export * from './errors.js';
export * from './greedy.js';
export * from './tokens.js';
