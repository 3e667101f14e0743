export * from './bundle.js';
export * from './description.js';
export * from './errors.js';
export * from './interface.js';
export * from './onnx.js';
export * from './onnx-errors.js';
export * from './passes/clean.js';
export * from './quantise/index.js';
