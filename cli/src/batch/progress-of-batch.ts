/** A queue goes in; how far it is, how fast, and what was set aside come out as lines, or as a bar on a terminal. */
import { setTimeout as delay } from 'node:timers/promises';
import { type JobQueue, sourceName, type TaskState } from '@auricle/batch';
import { SingleBar } from 'cli-progress';
import { clock } from '../transcription/progress.js';
import { failureLine } from './submit-jobs.js';

export type Counts = Record<TaskState, number>;

export interface Rate {
  /** a second */
  jobs: number;
  /** times real time */
  audio: number;
}

/** The rate is that of so many that were done last. */
const LATEST = 500;
const LOOK_EVERY = 1000;
const LINE_EVERY = 10_000;

export const isOver = ({ waiting, running }: Counts): boolean => waiting + running === 0;

export async function rateOf(queue: JobQueue, now = Date.now()): Promise<Rate | undefined> {
  let [jobs, audio, oldest] = [0, 0, now];
  for await (const { outcome, begun, ended } of queue.list('done')) {
    jobs++;
    audio += outcome?.audioSeconds ?? 0;
    oldest = Math.min(oldest, jobs === 1 ? (begun ?? now) : ended!);
    if (jobs === LATEST) break;
  }
  const seconds = (now - oldest) / 1000;
  return jobs === 0 || seconds <= 0 ? undefined : { jobs: jobs / seconds, audio: audio / seconds };
}

/** `archive: 1000 jobs: 412 done, 16 under way, 559 waiting, 13 set aside; 35.2 a second, 412x real time, 0:00:16 left` */
export function summaryOf(name: string, counts: Counts, rate: Rate | undefined): string {
  const { done, running, waiting, failed } = counts;
  const total = done + running + waiting + failed;
  const parts = `${done} done, ${running} under way, ${waiting} waiting, ${failed} set aside`;
  if (isOver(counts) || !rate) return `${name}: ${total} jobs: ${parts}`;
  const left = clock((waiting + running) / rate.jobs);
  return `${name}: ${total} jobs: ${parts}; ${rate.jobs.toFixed(1)} a second, ${rate.audio.toFixed(0)}x real time, ${left} left`;
}

/** Until all jobs have ended, or the signal ends it.
 *  @param stream where nothing is written when it is undefined */
export async function followBatch(
  name: string,
  queue: JobQueue,
  signal: AbortSignal,
  stream: NodeJS.WriteStream | undefined,
): Promise<Counts> {
  const format = '{bar} {percentage}% {summary}';
  const bar = stream?.isTTY ? new SingleBar({ format, stream, barsize: 24, clearOnComplete: true }) : undefined;
  bar?.start(1, 0, { summary: '' });
  let lastLine = Date.now();
  try {
    for (;;) {
      const counts = await queue.counts();
      if (isOver(counts) || signal.aborted) return counts;
      if (bar) {
        const { done, failed, waiting, running } = counts;
        const part = (done + failed) / (done + failed + waiting + running);
        bar.update(part, { summary: summaryOf(name, counts, await rateOf(queue)) });
      } else if (stream && Date.now() - lastLine >= LINE_EVERY) {
        lastLine = Date.now();
        stream.write(`${summaryOf(name, counts, await rateOf(queue))}\n`);
      }
      await delay(LOOK_EVERY, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    bar?.stop();
  }
}

/** Of those set aside, a line each, the latest first.
 *  @returns how many there are */
export async function tellSetAside(queue: JobQueue, say: (line: string) => void, most: number): Promise<number> {
  let count = 0;
  for await (const { payload, failure } of queue.list('failed')) {
    if (++count > most) continue;
    say(`  ${failureLine(sourceName(payload.source), Object.assign(new Error(failure?.message), failure))}`);
  }
  if (count > most) say(`  and ${count - most} more`);
  return count;
}
