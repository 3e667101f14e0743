export * from './engine/engine.js';
export { OnnxEngine } from './engine/onnx-engine.js';
export * from './loop/checkpoint.js';
export * from './loop/config.js';
export * from './loop/evaluate.js';
export * from './loop/train.js';
export * from './model/config.js';
export * from './tracing/trace.js';
