/** `auricle batch retry`: what was set aside goes back into the queue. */
import { Command } from 'commander';
import { type BatchFlags, inBatch, withBatchOptions } from '../../batch/job-queue.js';

export const retryCommand = withBatchOptions(new Command('retry'))
  .description('put back what was set aside')
  .action((flags: BatchFlags) =>
    inBatch(flags, async ({ jobs }) => {
      process.stdout.write(`${await jobs.retryFailed()} jobs put back\n`);
    }),
  );
