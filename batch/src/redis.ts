export * from './queue/redis-connection.js';
export * from './queue/redis-queue.js';
