export * from './augment.js';
export * from './buckets.js';
export * from './errors.js';
export * from './manifest.js';
export * from './random.js';
export * from './utterance-audio.js';
export * from './recipes/fsdd.js';
