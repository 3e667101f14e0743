export * from './connection.js';
export * from './errors.js';
export * from './live-stream.js';
export * from './messages.js';
export * from './options.js';
export type { Audio } from './pcm.js';
