export * from './errors.js';
export * from './queue/memory-queue.js';
export * from './queue/redis-connection.js';
export * from './queue/redis-queue.js';
export * from './queue/work-queue.js';
