/** `auricle batch cancel`: jobs that have not ended are forgotten, and work on them stops. Results stay. */
import { Command } from 'commander';
import { type BatchFlags, inBatch, withBatchOptions } from '../../batch/job-queue.js';

export const cancelCommand = withBatchOptions(new Command('cancel'))
  .description('forget the jobs that have not ended; results stay')
  .argument('[ids...]', 'of jobs, as `auricle batch status --jobs waiting` lists them (all)')
  .action((ids: string[], flags: BatchFlags) =>
    inBatch(flags, async ({ jobs }) => {
      const cancelled =
        ids.length === 0
          ? await jobs.cancelAll()
          : (await Promise.all(ids.map((id) => jobs.cancel(id)))).filter(Boolean).length;
      process.stdout.write(`${cancelled} jobs cancelled\n`);
    }),
  );
