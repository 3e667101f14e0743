/** The name of a batch and the address of its Redis go in, its queues come out. */
import type { JobQueue, TranscriptionJob, TranscriptionOutcome, WebhookCall, WebhookQueue } from '@auricle/batch';
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

/** @param leaseMs without a sign of life, after which a worker's jobs are given to others
 *  @throws AUR_JOB_REDIS, AUR_CLI_PATHS */
export async function openBatch({ redis: given, name }: BatchFlags, leaseMs?: number): Promise<OpenBatch> {
  if (!/^[\w.-]{1,100}$/.test(name))
    throw cliError('AUR_CLI_PATHS', { problem: `--name "${name}": expected letters, digits, ".", "-" and "_"` });
  // Loaded by those who use it alone.
  const { connectRedis, DEFAULT_REDIS, RedisQueue } = await import('@auricle/batch/redis');
  const { WEBHOOK_RETRIES } = await import('@auricle/batch');
  const redis = await connectRedis(given ?? process.env.AURICLE_REDIS ?? DEFAULT_REDIS);
  const jobs = new RedisQueue<TranscriptionJob, TranscriptionOutcome>({ redis, name, leaseMs });
  const webhooks = new RedisQueue<WebhookCall, number>({
    ...{ redis, name: `${name}-webhooks`, leaseMs },
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

/** Does something with a batch, and lets go of it. */
export async function inBatch<T>(flags: BatchFlags, work: (batch: OpenBatch) => Promise<T>): Promise<T> {
  const batch = await openBatch(flags);
  try {
    return await work(batch);
  } finally {
    await batch.close();
  }
}
