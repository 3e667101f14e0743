/** The name of a batch and the address of its Redis go in, its queues come out. */
import {
  type JobQueue,
  MemoryQueue,
  type TranscriptionJob,
  type TranscriptionOutcome,
  WEBHOOK_RETRIES,
  type WebhookCall,
  type WebhookQueue,
} from '@auricle/batch';
import type { Command } from 'commander';
import { cliError } from '../errors.js';

export interface BatchFlags {
  redis?: string;
  name: string;
}

export interface OpenBatch {
  jobs: JobQueue;
  webhooks: WebhookQueue;
  close(): Promise<void>;
}

export const withBatchOptions = (command: Command): Command =>
  command
    .option('--redis <address>', 'of the queue, as redis://host:port (AURICLE_REDIS, or that of this machine)')
    .option('--name <batch>', 'jobs of one name are one batch', 'auricle');

export interface QueueRules {
  /** without a sign of life, after which a worker's jobs are given to others (default 30,000) */
  leaseMs?: number;
  /** for which jobs that have ended are remembered (default: for good) */
  keepMs?: number;
}

/** @throws AUR_JOB_REDIS, AUR_CLI_PATHS */
export async function openBatch({ redis: given, name }: BatchFlags, rules: QueueRules = {}): Promise<OpenBatch> {
  if (!/^[\w.-]{1,100}$/.test(name))
    throw cliError('AUR_CLI_PATHS', { problem: `--name "${name}": expected letters, digits, ".", "-" and "_"` });
  // Loaded by those who use it alone.
  const { connectRedis, DEFAULT_REDIS, RedisQueue } = await import('@auricle/batch/redis');
  const redis = await connectRedis(given ?? process.env.AURICLE_REDIS ?? DEFAULT_REDIS);
  const jobs = new RedisQueue<TranscriptionJob, TranscriptionOutcome>({ redis, name, ...rules });
  const webhooks = new RedisQueue<WebhookCall, number>({
    ...{ redis, name: `${name}-webhooks`, ...rules },
    retries: WEBHOOK_RETRIES,
  });
  return {
    jobs,
    webhooks,
    close: async () => {
      await jobs.close();
      await webhooks.close();
      redis.disconnect();
    },
  };
}

/** In this process, with which it ends.
 *  @param mostWaiting whoever submits waits beyond (default: nobody does) */
export function batchInMemory(mostWaiting?: number): OpenBatch {
  const jobs = new MemoryQueue<TranscriptionJob, TranscriptionOutcome>({ mostWaiting });
  const webhooks = new MemoryQueue<WebhookCall, number>({ retries: WEBHOOK_RETRIES });
  return {
    jobs,
    webhooks,
    close: async () => {
      await jobs.close();
      await webhooks.close();
    },
  };
}

/** Does something with a batch, and lets go of it. */
export async function inBatch<T>(flags: BatchFlags, work: (batch: OpenBatch) => Promise<T>): Promise<T> {
  const batch = await openBatch(flags);
  try {
    return await work(batch);
  } finally {
    await batch.close();
  }
}
