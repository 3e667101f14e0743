/** A queue of jobs and what runs them go in; the work goes on until it is closed, and those who asked for it are told how it ended. */
import { asCoded } from '@auricle/serving';
import type { Run, RunningWork, TaskRecord, WorkQueue } from '../queue/work-queue.js';
import type { TranscriptionJob, TranscriptionOutcome } from './job.js';
import { viewOf } from './job-view.js';
import { isPermanentFailure } from './transcribe-job.js';
import { type WebhookCall, webhookTask } from './webhooks.js';

export type JobQueue = WorkQueue<TranscriptionJob, TranscriptionOutcome>;
export type WebhookQueue = WorkQueue<WebhookCall, number>;
type JobRecord = TaskRecord<TranscriptionJob, TranscriptionOutcome>;

export interface JobWork {
  jobs: JobQueue;
  run: Run<TranscriptionJob, TranscriptionOutcome>;
  parallel: number;
  /** without it, jobs with webhooks are run and nobody is told */
  webhooks?: { queue: WebhookQueue; deliver: Run<WebhookCall, number> };
  /** hears of jobs that this work has set aside */
  onSetAside?(record: JobRecord): void;
}

/** Calls under way at a time. */
const CALLS = 16;

export function workOnJobs({ jobs, run, parallel, webhooks, onSetAside }: JobWork): RunningWork {
  /** Before the job counts as ended: a worker that dies in between has told, and whoever takes the job over tells nothing new. */
  const tell = async (record: JobRecord | undefined, change: Partial<JobRecord>) => {
    const url = record?.payload.webhook;
    if (url === undefined || !webhooks) return;
    await webhooks.queue.add([webhookTask(url, viewOf({ ...record!, ...change, ended: Date.now() }))]);
  };
  const told: Run<TranscriptionJob, TranscriptionOutcome> = async (task, attempt) => {
    const isTold = task.payload.webhook !== undefined;
    try {
      const outcome = await run(task, attempt);
      if (isTold) await tell(await jobs.find(task.id), { state: 'done', outcome, progress: 1, failure: undefined });
      return outcome;
    } catch (thrown) {
      const failure = asCoded(thrown);
      const isOver = !attempt.signal.aborted && (attempt.isLast || isPermanentFailure(failure));
      if (isTold && isOver) {
        const { code, message } = failure;
        await tell(await jobs.find(task.id), { state: 'failed', failure: { code, message } });
      }
      throw failure;
    }
  };
  const works = [
    jobs.work(told, {
      parallel,
      isPermanent: isPermanentFailure,
      // Also of those whose workers died.
      onSetAside: async (record) => {
        onSetAside?.(record);
        await tell(record, {});
      },
    }),
    ...(webhooks ? [webhooks.queue.work(webhooks.deliver, { parallel: CALLS, isPermanent: isPermanentFailure })] : []),
  ];
  return {
    close: async () => {
      await Promise.all(works.map((work) => work.close()));
    },
  };
}
