export * from './file-transcript.js';
export * from './transcribe.js';
