export * from './endpoint.js';
export * from './error-rate.js';
export * from './errors.js';
export * from './greedy.js';
export * from './tokens.js';
