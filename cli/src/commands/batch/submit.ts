/** `auricle batch submit`: recordings go into the queue, each once however often they are submitted. */
import { PRIORITIES, type Priority } from '@auricle/batch';
import { Command, Option } from 'commander';
import { type BatchFlags, inBatch, withBatchOptions } from '../../batch/job-queue.js';
import { jobsOf } from '../../batch/jobs-of.js';
import { followBatch, summaryOf, tellSetAside } from '../../batch/progress-of-batch.js';
import { submitJobs } from '../../batch/submit-jobs.js';

interface SubmitFlags extends BatchFlags {
  root: string;
  priority: Priority;
  wait: boolean;
  quiet: boolean;
}

const SOME_FAILED = 2;
const SHOWN = 20;

export const submitCommand = withBatchOptions(new Command('submit'))
  .description('put recordings into the queue: files below a folder that all workers see, or addresses')
  .argument('<paths...>', 'recordings, folders, manifests (.jsonl), and addresses (https, s3)')
  .option('--root <folder>', 'folder that all workers see; the workers may know it by another name', '.')
  .addOption(
    new Option('--priority <when>', 'before or after the other jobs').choices([...PRIORITIES]).default('normal'),
  )
  .option('--wait', 'until all jobs of the batch have ended', false)
  .option('--quiet', 'no progress', false)
  .action((paths: string[], flags: SubmitFlags) =>
    inBatch(flags, async (batch) => {
      const { root, priority, wait, quiet, name } = flags;
      const say = (line: string) => void process.stderr.write(`${line}\n`);
      const { jobs, failures } = await submitJobs(batch.jobs, jobsOf(paths, root, priority), say);
      process.stdout.write(`${jobs} jobs submitted to ${name}\n`);
      if (failures > 0) process.exitCode = SOME_FAILED;
      if (!wait) return;
      const forever = new AbortController().signal;
      const counts = await followBatch(name, batch.jobs, forever, quiet ? undefined : process.stderr);
      process.stdout.write(`${summaryOf(name, counts, undefined)}\n`);
      if (counts.failed === 0) return;
      await tellSetAside(batch.jobs, say, SHOWN);
      process.exitCode = SOME_FAILED;
    }),
  );
