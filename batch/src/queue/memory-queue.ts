/** Tasks go in, and are run in this process: the queue of one machine, which ends with its process. */
import type { AuricleError } from '@auricle/audio';
import { asCoded } from '@auricle/serving';
import { batchError } from '../errors.js';
import {
  DEFAULT_RETRIES,
  type Failure,
  PRIORITIES,
  type Priority,
  type RetryRules,
  type Run,
  type RunningWork,
  type Task,
  type TaskRecord,
  type TaskState,
  type WorkOptions,
  type WorkQueue,
} from './work-queue.js';

export interface MemoryQueueOptions {
  retries?: Partial<RetryRules>;
  /** `add` waits while more are waiting (default: it never does) */
  mostWaiting?: number;
  /** of those done and of those that failed, the latest are remembered (default 10,000 each) */
  mostEnded?: number;
}

interface Entry<Payload, Outcome> extends TaskRecord<Payload, Outcome> {
  abort?: AbortController;
  /** resolves when work on it has ended */
  working?: Promise<void>;
  retry?: NodeJS.Timeout;
}

export class MemoryQueue<Payload, Outcome> implements WorkQueue<Payload, Outcome> {
  private readonly entries = new Map<string, Entry<Payload, Outcome>>();
  /** whose turn has come, in the order of their turns */
  private readonly ready: Record<Priority, Set<string>> = { high: new Set(), normal: new Set(), low: new Set() };
  /** in the order of their ends */
  private readonly ended: Record<'done' | 'failed', Set<string>> = { done: new Set(), failed: new Set() };
  private readonly counted: Record<TaskState, number> = { waiting: 0, running: 0, done: 0, failed: 0 };
  private readonly listeners = new Set<(id: string) => void>();
  private readonly workers = new Set<() => void>();
  private readonly roomWanted = new Set<() => void>();
  private readonly retries: RetryRules;

  constructor(private readonly options: MemoryQueueOptions = {}) {
    this.retries = { ...DEFAULT_RETRIES, ...options.retries };
  }

  async add(tasks: readonly Task<Payload>[]): Promise<void> {
    const { mostWaiting = Number.POSITIVE_INFINITY } = this.options;
    for (const { id, payload, priority = 'normal' } of tasks) {
      while (this.counted.waiting >= mostWaiting)
        await new Promise<void>((resolve) => {
          this.roomWanted.add(resolve);
        });
      if (this.entries.has(id)) continue;
      const entry: Entry<Payload, Outcome> = {
        ...{ id, payload, priority, state: 'waiting', attempts: 0, progress: 0, added: Date.now() },
      };
      this.entries.set(id, entry);
      this.counted.waiting++;
      this.makeReady(entry);
    }
  }

  async find(id: string): Promise<TaskRecord<Payload, Outcome> | undefined> {
    const entry = this.entries.get(id);
    return entry && recordOf(entry);
  }

  async counts(): Promise<Record<TaskState, number>> {
    return { ...this.counted };
  }

  async *list(state: TaskState): AsyncGenerator<TaskRecord<Payload, Outcome>> {
    const ids =
      state === 'done' || state === 'failed'
        ? [...this.ended[state]].reverse()
        : [...this.entries.values()].filter((entry) => entry.state === state).map(({ id }) => id);
    for (const id of ids) {
      const entry = this.entries.get(id);
      if (entry?.state === state) yield recordOf(entry);
    }
  }

  async cancel(id: string): Promise<boolean> {
    const entry = this.entries.get(id);
    if (!entry) return false;
    this.forget(entry);
    entry.abort?.abort(batchError('AUR_JOB_CANCELLED'));
    await entry.working;
    return true;
  }

  async cancelAll(): Promise<number> {
    const open = [...this.entries.values()].filter(({ state }) => state === 'waiting' || state === 'running');
    await Promise.all(open.map(({ id }) => this.cancel(id)));
    return open.length;
  }

  async retryFailed(): Promise<number> {
    const ids = [...this.ended.failed];
    for (const id of ids) {
      const entry = this.entries.get(id)!;
      this.ended.failed.delete(id);
      Object.assign(entry, { attempts: 0, ended: undefined, failure: undefined });
      this.setState(entry, 'waiting');
      this.makeReady(entry);
    }
    return ids.length;
  }

  work(run: Run<Payload, Outcome>, options: WorkOptions<Payload, Outcome>): RunningWork {
    const { parallel } = options;
    const running = new Map<Entry<Payload, Outcome>, Promise<void>>();
    let isClosed = false;
    const take = () => {
      while (!isClosed && running.size < parallel) {
        const entry = this.next();
        if (!entry) return;
        const working = this.attempt(entry, run, options).then(() => {
          running.delete(entry);
          entry.working = undefined;
          take();
        });
        entry.working = working;
        running.set(entry, working);
      }
    };
    this.workers.add(take);
    take();
    return {
      close: async () => {
        isClosed = true;
        this.workers.delete(take);
        for (const { abort } of running.keys()) abort!.abort(batchError('AUR_JOB_GIVEN_BACK'));
        await Promise.all(running.values());
      },
    };
  }

  onEnd(listener: (id: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    for (const { retry } of this.entries.values()) clearTimeout(retry);
  }

  private next(): Entry<Payload, Outcome> | undefined {
    for (const priority of PRIORITIES) {
      const [id] = this.ready[priority];
      if (id === undefined) continue;
      this.ready[priority].delete(id);
      return this.entries.get(id)!;
    }
    return undefined;
  }

  private makeReady(entry: Entry<Payload, Outcome>): void {
    this.ready[entry.priority].add(entry.id);
    for (const take of this.workers) take();
  }

  /** Does not throw: how it ended stands in the entry. */
  private async attempt(
    entry: Entry<Payload, Outcome>,
    run: Run<Payload, Outcome>,
    { isPermanent, onSetAside }: WorkOptions<Payload, Outcome>,
  ): Promise<void> {
    const { id, payload, priority } = entry;
    const abort = new AbortController();
    Object.assign(entry, { abort, begun: Date.now(), attempts: entry.attempts + 1, progress: 0 });
    this.setState(entry, 'running');
    try {
      const outcome = await run(
        { id, payload, priority },
        {
          signal: abort.signal,
          isLast: entry.attempts >= this.retries.attempts,
          progress: (part) => {
            entry.progress = part;
          },
        },
      );
      // One that was cancelled is no longer known.
      if (this.entries.get(id) === entry) this.end(entry, 'done', { outcome, progress: 1, failure: undefined });
    } catch (thrown) {
      if (this.entries.get(id) !== entry) return;
      const error = asCoded(thrown);
      if (abort.signal.aborted) {
        entry.attempts--;
        this.setState(entry, 'waiting');
        this.makeReady(entry);
      } else if (this.fail(entry, error, isPermanent(error)))
        await onSetAside?.(recordOf(entry)).catch(() => undefined);
    }
  }

  /** @returns whether it is set aside */
  private fail(entry: Entry<Payload, Outcome>, { code, message }: AuricleError, isPermanent: boolean): boolean {
    const failure: Failure = { code, message };
    const { attempts, backoffMs } = this.retries;
    if (isPermanent || entry.attempts >= attempts) {
      this.end(entry, 'failed', { failure });
      return true;
    }
    entry.failure = failure;
    this.setState(entry, 'waiting');
    entry.retry = setTimeout(() => this.makeReady(entry), backoffMs * 2 ** (entry.attempts - 1));
    return false;
  }

  private end(
    entry: Entry<Payload, Outcome>,
    state: 'done' | 'failed',
    result: Partial<TaskRecord<Payload, Outcome>>,
  ): void {
    Object.assign(entry, result, { ended: Date.now() });
    this.setState(entry, state);
    const ended = this.ended[state].add(entry.id);
    if (ended.size > (this.options.mostEnded ?? 10_000)) {
      const [oldest] = ended;
      ended.delete(oldest);
      this.entries.delete(oldest);
    }
    for (const listener of this.listeners) listener(entry.id);
  }

  private setState(entry: Entry<Payload, Outcome>, state: TaskState): void {
    this.counted[entry.state]--;
    this.counted[state]++;
    entry.state = state;
    this.tellRoom();
  }

  private forget(entry: Entry<Payload, Outcome>): void {
    this.entries.delete(entry.id);
    this.counted[entry.state]--;
    clearTimeout(entry.retry);
    this.ready[entry.priority].delete(entry.id);
    for (const ended of Object.values(this.ended)) ended.delete(entry.id);
    this.tellRoom();
  }

  private tellRoom(): void {
    for (const resolve of this.roomWanted) resolve();
    this.roomWanted.clear();
  }
}

function recordOf<Payload, Outcome>(entry: Entry<Payload, Outcome>): TaskRecord<Payload, Outcome> {
  const { abort: _, working: _working, retry: _retry, ...record } = entry;
  return record;
}
