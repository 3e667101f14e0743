/** Jobs go into a queue slice by slice; what is no job is told, and counted. */
import type { JobQueue, Task, TranscriptionJob } from '@auricle/batch';
import { printable } from '../transcription/progress.js';
import type { FoundJob } from './jobs-of.js';

export interface Submitted {
  jobs: number;
  failures: number;
}

const SLICE = 1000;
/** Of a kind of message; the rest is counted. */
const SHOWN = 10;
const LINE_EVERY = 2000;

/** Waits for the queue after each slice, so that a million jobs take no more memory than a thousand. */
export async function submitJobs(
  queue: JobQueue,
  found: AsyncIterable<FoundJob>,
  say: (line: string) => void,
): Promise<Submitted> {
  let slice: Task<TranscriptionJob>[] = [];
  const submitted: Submitted = { jobs: 0, failures: 0 };
  let passedOver = 0;
  let last = Date.now();
  const flush = async () => {
    await queue.add(slice);
    submitted.jobs += slice.length;
    slice = [];
    if (Date.now() - last < LINE_EVERY) return;
    last = Date.now();
    say(`${submitted.jobs} jobs submitted so far`);
  };
  for await (const one of found) {
    if ('job' in one) {
      slice.push(one.job);
      if (slice.length === SLICE) await flush();
    } else if ('passedOver' in one) {
      if (++passedOver <= SHOWN) say(`passed over, no recording by its name: ${printable(one.passedOver)}`);
    } else if (++submitted.failures <= SHOWN) say(failureLine(one.failure.title, one.failure.error));
  }
  await flush();
  if (passedOver > SHOWN) say(`passed over: ${passedOver - SHOWN} more`);
  if (submitted.failures > SHOWN) say(`${submitted.failures - SHOWN} more could not be submitted`);
  return submitted;
}

export const failureLine = (title: string, { code, message, name }: Error & { code?: string }): string =>
  `${printable(title)}: ${code ?? name}: ${printable(message)}`;
