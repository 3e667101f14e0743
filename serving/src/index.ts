export * from './batching.js';
export * from './engine.js';
export * from './errors.js';
export * from './recogniser.js';
export * from './recognition-stream.js';
export * from './results.js';
export * from './transcribe.js';
