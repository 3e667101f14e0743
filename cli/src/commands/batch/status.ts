/** `auricle batch status`: how far a batch is, how fast, and what was set aside; or its jobs, one a line. */
import { TASK_STATES, type TaskState, viewOf } from '@auricle/batch';
import { Command, Option } from 'commander';
import { type BatchFlags, inBatch, withBatchOptions } from '../../batch/job-queue.js';
import { rateOf, summaryOf, tellSetAside } from '../../batch/progress-of-batch.js';

interface StatusFlags extends BatchFlags {
  jobs?: TaskState;
}

const SHOWN = 10;

export const statusCommand = withBatchOptions(new Command('status'))
  .description('how far a batch is')
  .addOption(new Option('--jobs <state>', 'these jobs instead, one a line (JSON)').choices([...TASK_STATES]))
  .action((flags: StatusFlags) =>
    inBatch(flags, async ({ jobs }) => {
      const out = (line: string) => void process.stdout.write(`${line}\n`);
      if (flags.jobs) {
        for await (const record of jobs.list(flags.jobs))
          out(JSON.stringify({ ...viewOf(record), result: record.payload.result }));
        return;
      }
      out(summaryOf(flags.name, await jobs.counts(), await rateOf(jobs)));
      await tellSetAside(jobs, out, SHOWN);
    }),
  );
