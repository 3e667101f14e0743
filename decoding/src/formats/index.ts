export { type Caption, type CaptionRules, captions, mergeCaptions } from './captions.js';
export * from './ctm.js';
export * from './srt.js';
export * from './textgrid.js';
export * from './timed-word.js';
export * from './vtt.js';
