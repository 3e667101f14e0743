/** Tasks go in on one machine, and are run on any: BullMQ on Redis. A task whose worker dies is taken up by another. */
import type { AuricleError } from '@auricle/audio';
import { asCoded } from '@auricle/serving';
import { type Job, type JobType, Queue, QueueEvents, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { batchError } from '../errors.js';
import {
  DEFAULT_RETRIES,
  failureLine,
  type Priority,
  parseFailure,
  type RetryRules,
  type Run,
  type RunningWork,
  type Task,
  type TaskRecord,
  type TaskState,
  type WorkOptions,
  type WorkQueue,
} from './work-queue.js';

export interface RedisQueueOptions {
  redis: Redis;
  /** queues of one name are one */
  name: string;
  retries?: Partial<RetryRules>;
  /** without a sign of life, after which a worker's tasks are given to others (default 30,000) */
  leaseMs?: number;
  /** for which tasks that have ended are remembered (default: for good) */
  keepMs?: number;
}

/** Deaths of its workers that a task may have had before it is set aside, as what they may have died of. */
const MOST_DEATHS = 10;
const SLICE = 1000;
const PAGE = 500;
/** Between looks at what was cancelled, ms. */
const CANCEL_EVERY = 500;
const PROGRESS_EVERY = 1000;

/** BullMQ takes the lower first. */
const RANKS: Record<Priority, number> = { high: 1, normal: 2, low: 3 };
const TYPES: Record<TaskState, JobType[]> = {
  waiting: ['wait', 'prioritized', 'delayed'],
  running: ['active'],
  done: ['completed'],
  failed: ['failed'],
};

export class RedisQueue<Payload, Outcome> implements WorkQueue<Payload, Outcome> {
  private readonly queue: Queue<Payload, Outcome>;
  private events: Promise<QueueEvents> | undefined;
  private readonly listeners = new Set<(id: string) => void>();
  private readonly cancelled: string;

  constructor(private readonly options: RedisQueueOptions) {
    const { redis, name } = options;
    this.queue = new Queue(name, { connection: redis });
    this.queue.on('error', () => undefined);
    this.cancelled = `auricle:${name}:cancelled`;
  }

  async add(tasks: readonly Task<Payload>[]): Promise<void> {
    const { retries, keepMs } = this.options;
    const { attempts, backoffMs } = { ...DEFAULT_RETRIES, ...retries };
    const keep = keepMs === undefined ? {} : { removeOnComplete: age(keepMs), removeOnFail: age(keepMs) };
    for (let at = 0; at < tasks.length; at += SLICE)
      await this.queue.addBulk(
        tasks.slice(at, at + SLICE).map(({ id, payload, priority = 'normal' }) => ({
          name: 'task',
          data: payload,
          opts: {
            ...keep,
            jobId: id,
            priority: RANKS[priority],
            attempts,
            backoff: { type: 'exponential', delay: backoffMs },
            stackTraceLimit: 1,
          },
        })) as Parameters<Queue<Payload, Outcome>['addBulk']>[0],
      );
  }

  async find(id: string): Promise<TaskRecord<Payload, Outcome> | undefined> {
    const job = await this.queue.getJob(id);
    if (!job || (await this.isCancelled(id))) return undefined;
    const type = await job.getState();
    const [state] = Object.entries(TYPES).find(([, types]) => types.some((one) => one === nameOf(type))) ?? [];
    return state === undefined ? undefined : recordOf(job, state as TaskState);
  }

  async counts(): Promise<Record<TaskState, number>> {
    const counts = await this.queue.getJobCounts(...Object.values(TYPES).flat());
    const sum = (types: readonly JobType[]) => types.reduce((total, type) => total + (counts[type] ?? 0), 0);
    return {
      waiting: sum(TYPES.waiting),
      running: sum(TYPES.running),
      done: sum(TYPES.done),
      failed: sum(TYPES.failed),
    };
  }

  async *list(state: TaskState): AsyncGenerator<TaskRecord<Payload, Outcome>> {
    for (const type of TYPES[state])
      for (let at = 0; ; at += PAGE) {
        const jobs = await this.queue.getJobs([type], at, at + PAGE - 1, state === 'waiting');
        for (const job of jobs) if (job) yield recordOf(job, state);
        if (jobs.length < PAGE) break;
      }
  }

  async cancel(id: string): Promise<boolean> {
    const isThere = (await this.queue.getJob(id)) !== undefined;
    // One that is under way cannot be removed before its worker has let go of it, or is known to be dead.
    for (let isFirst = true; (await this.queue.getJob(id)) !== undefined; isFirst = false) {
      if (await this.queue.remove(id).catch(() => 0)) break;
      if (isFirst) await this.options.redis.sadd(this.cancelled, id);
      await pause(CANCEL_EVERY / 2);
    }
    await this.options.redis.srem(this.cancelled, id);
    return isThere;
  }

  async cancelAll(): Promise<number> {
    let count = 0;
    for (const type of ['wait', 'prioritized', 'delayed'] as const)
      for (;;) {
        const removed = await this.queue.clean(0, SLICE, type);
        count += removed.length;
        if (removed.length === 0) break;
      }
    const running = await this.queue.getJobs(['active']);
    await Promise.all(running.map((job) => this.cancel(job.id!)));
    return count + running.length;
  }

  async retryFailed(): Promise<number> {
    const { failed } = await this.counts();
    await this.queue.retryJobs({ state: 'failed', count: SLICE });
    return failed;
  }

  work(run: Run<Payload, Outcome>, options: WorkOptions<Payload, Outcome>): RunningWork {
    const { parallel, isPermanent, onSetAside } = options;
    const { redis, name, leaseMs = 30_000 } = this.options;
    const active = new Map<string, AbortController>();
    let isClosed = false;
    const process = async (job: Job<Payload, Outcome>, token?: string): Promise<Outcome> => {
      const id = job.id!;
      const abort = new AbortController();
      active.set(id, abort);
      try {
        // A worker that waited for a task when it was closed may still come with one.
        if (isClosed) throw batchError('AUR_JOB_GIVEN_BACK');
        // Of one that was taken over from a dead worker.
        if (await this.isCancelled(id)) throw batchError('AUR_JOB_CANCELLED');
        return await run(
          { id, payload: job.data, priority: priorityOf(job) },
          {
            signal: abort.signal,
            isLast: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
            progress: progressOf(job),
          },
        );
      } catch (thrown) {
        const error = asCoded(abort.signal.aborted ? abort.signal.reason : thrown);
        if (error.code === 'AUR_JOB_GIVEN_BACK') {
          await job.moveToWait(token);
          throw new WaitingError();
        }
        throw failureOf(error, error.code === 'AUR_JOB_CANCELLED' || isPermanent(error));
      } finally {
        active.delete(id);
      }
    };
    const worker = new Worker<Payload, Outcome>(name, process, {
      connection: redis,
      concurrency: parallel,
      lockDuration: leaseMs,
      stalledInterval: leaseMs,
      maxStalledCount: MOST_DEATHS,
    });
    // The connection comes back, and a task whose end could not be told is taken up again.
    worker.on('error', () => undefined);
    worker.on('failed', (job) => {
      if (job) void this.setAside(job, onSetAside).catch(() => undefined);
    });
    const look = async () => {
      if (active.size === 0) return;
      for (const id of await redis.smembers(this.cancelled)) active.get(id)?.abort(batchError('AUR_JOB_CANCELLED'));
    };
    const looking = setInterval(() => void look().catch(() => undefined), CANCEL_EVERY);
    return {
      close: async () => {
        clearInterval(looking);
        isClosed = true;
        const closed = worker.close();
        for (const abort of active.values()) abort.abort(batchError('AUR_JOB_GIVEN_BACK'));
        await closed;
      },
    };
  }

  onEnd(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    this.events ??= this.listen();
    this.events.catch(() => undefined);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    await (await this.events?.catch(() => undefined))?.close();
    await this.queue.close();
  }

  /** From the latest event on. It is asked for at once: commands of one connection are answered in their order, so none of what is added later is missed. */
  private async listen(): Promise<QueueEvents> {
    const { name, redis } = this.options;
    const [latest] = await redis.xrevrange(this.queue.toKey('events'), '+', '-', 'COUNT', 1);
    const tell = ({ jobId }: { jobId: string }) => {
      for (const hear of this.listeners) hear(jobId);
    };
    return new QueueEvents(name, { connection: redis, lastEventId: latest?.[0] ?? '0-0' })
      .on('error', () => undefined)
      .on('completed', tell)
      .on('failed', tell);
  }

  private async isCancelled(id: string): Promise<boolean> {
    return (await this.options.redis.sismember(this.cancelled, id)) === 1;
  }

  /** @param job whose attempt failed, not for the last time perhaps */
  private async setAside(job: Job<Payload, Outcome>, hear: WorkOptions<Payload, Outcome>['onSetAside']): Promise<void> {
    if (await this.isCancelled(job.id!)) {
      await this.queue.remove(job.id!);
      await this.options.redis.srem(this.cancelled, job.id!);
    } else if (job.finishedOn !== undefined) await hear?.(recordOf(job, 'failed'));
  }
}

const age = (ms: number) => ({ age: Math.ceil(ms / 1000) });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** States and lists have different names. */
const nameOf = (state: string): string => (state === 'waiting' ? 'wait' : state);

const priorityOf = ({ opts }: Job): Priority =>
  (Object.keys(RANKS) as Priority[]).find((priority) => RANKS[priority] === opts.priority) ?? 'normal';

const failureOf = (error: AuricleError, isPermanent: boolean): Error => {
  const line = failureLine(error);
  return isPermanent ? new UnrecoverableError(line) : new Error(line);
};

/** Each report is a command to Redis. */
function progressOf(job: Job): (part: number) => void {
  let last = Date.now();
  return (part) => {
    const now = Date.now();
    if (now - last < PROGRESS_EVERY) return;
    last = now;
    void job.updateProgress(part).catch(() => undefined);
  };
}

function recordOf<Payload, Outcome>(job: Job<Payload, Outcome>, state: TaskState): TaskRecord<Payload, Outcome> {
  const { id, data, progress, attemptsMade, timestamp, processedOn, finishedOn, returnvalue, failedReason } = job;
  return {
    id: id!,
    payload: data,
    priority: priorityOf(job),
    state,
    attempts: attemptsMade + (state === 'running' ? 1 : 0),
    progress: state === 'done' ? 1 : typeof progress === 'number' ? progress : 0,
    added: timestamp,
    ...(processedOn !== undefined && { begun: processedOn }),
    ...(finishedOn !== undefined && { ended: finishedOn }),
    ...(state === 'done' && { outcome: returnvalue }),
    ...(failedReason && state !== 'done' && { failure: parseFailure(failedReason) }),
  };
}
