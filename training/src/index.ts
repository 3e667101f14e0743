export * from './tracing/trace.js';
