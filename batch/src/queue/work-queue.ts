/** What a queue of work is, on Redis or in memory: tasks go in, each is run by one of those who work on it, outcomes come out. */
import type { AuricleError } from '@auricle/audio';

/** Sooner or later than the others. */
export const PRIORITIES = ['high', 'normal', 'low'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Task<Payload> {
  /** says what is to be done: a task whose id the queue knows already adds nothing */
  id: string;
  payload: Payload;
  /** default normal; within one, those that came first are first */
  priority?: Priority;
}

/** `waiting` has also those that wait to be tried again; `failed` are set aside. */
export const TASK_STATES = ['waiting', 'running', 'done', 'failed'] as const;
export type TaskState = (typeof TASK_STATES)[number];

export interface TaskRecord<Payload, Outcome> {
  id: string;
  payload: Payload;
  priority: Priority;
  state: TaskState;
  /** that have begun */
  attempts: number;
  /** 0 to 1 */
  progress: number;
  /** wall-clock ms */
  added: number;
  begun?: number;
  ended?: number;
  outcome?: Outcome;
  /** of the last attempt that failed */
  failure?: Failure;
}

export interface Failure {
  code: string;
  message: string;
}

export interface Attempt {
  /** aborts when the task is cancelled, and when the work is given back for the process ends */
  signal: AbortSignal;
  /** whether the task is set aside if this one fails */
  isLast: boolean;
  /** Tells how far it is, 0 to 1. */
  progress(part: number): void;
}

/** @throws AuricleError: tried again later, unless it is permanent */
export type Run<Payload, Outcome> = (task: Task<Payload>, attempt: Attempt) => Promise<Outcome>;

export interface WorkOptions<Payload, Outcome> {
  /** tasks under way at a time */
  parallel: number;
  /** whether it would be of no use to try again */
  isPermanent(error: AuricleError): boolean;
  /** Hears of tasks that this work has set aside. */
  onSetAside?(record: TaskRecord<Payload, Outcome>): Promise<void>;
}

export interface RunningWork {
  /** Takes no more, and gives back what is under way: others take it up from its beginning. */
  close(): Promise<void>;
}

export interface RetryRules {
  /** of one task, those that were lost with their process not counted */
  attempts: number;
  /** before the second attempt (ms); doubled before every further one */
  backoffMs: number;
}

export const DEFAULT_RETRIES: RetryRules = { attempts: 5, backoffMs: 2000 };

export interface WorkQueue<Payload, Outcome> {
  /** Resolves when the queue has them for good. */
  add(tasks: readonly Task<Payload>[]): Promise<void>;
  find(id: string): Promise<TaskRecord<Payload, Outcome> | undefined>;
  counts(): Promise<Record<TaskState, number>>;
  /** The latest first, but those that wait in the order of their turns. */
  list(state: TaskState): AsyncIterable<TaskRecord<Payload, Outcome>>;
  /** Forgets the task, wherever it is; work on it is aborted, and has ended when this resolves.
   *  @returns whether it was there */
  cancel(id: string): Promise<boolean>;
  /** Cancels all that are not done or set aside.
   *  @returns how many */
  cancelAll(): Promise<number>;
  /** Sets those that failed to their beginning.
   *  @returns how many */
  retryFailed(): Promise<number>;
  work(run: Run<Payload, Outcome>, options: WorkOptions<Payload, Outcome>): RunningWork;
  /** Tells of every task that is done or set aside from now on, as far as this process hears of it.
   *  @returns ends it */
  onEnd(listener: (id: string) => void): () => void;
  /** Lets go of connections and timers; work is closed before. */
  close(): Promise<void>;
}

/** A failure as one line, and back: Redis keeps lines. */
export const failureLine = ({ code, message }: Failure): string => `${code}: ${message}`;

export function parseFailure(line: string): Failure {
  const [, code = 'AUR_JOB_LOST', message = line] = /^(AUR_[A-Z0-9_]+): (.*)$/s.exec(line) ?? [];
  return { code, message };
}
