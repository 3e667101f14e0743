/** Options of a worker go in; it works on the jobs of its queue until none is left or a signal ends it, and an exit code comes out. */
import { availableParallelism } from 'node:os';
import {
  deliverer,
  FolderStore,
  GuardedHttp,
  type JobQueue,
  openStore,
  sourceName,
  transcriber,
  webhookSigner,
  workOnJobs,
} from '@auricle/batch';
import { captionRulesOf, type RecognitionFlags } from '../transcription/options.js';
import { recognitionEngine } from '../transcription/recognition-engine.js';
import { type BatchFlags, batchInMemory, openBatch } from './job-queue.js';
import { jobsOf } from './jobs-of.js';
import { followBatch, summaryOf, tellSetAside } from './progress-of-batch.js';
import { failureLine, submitJobs } from './submit-jobs.js';

export interface WorkFlags extends RecognitionFlags, BatchFlags {
  outputDir: string;
  root: string;
  parallel?: number;
  resume: boolean;
  untilEmpty: boolean;
  leaseSeconds: number;
  hosts: string[];
  privateAddresses: boolean;
  mostMegabytes: number;
  quiet: boolean;
}

const SOME_FAILED = 2;
const FILES_A_WORKER = 16;
/** In memory, jobs that wait: whoever submits waits beyond. */
const MOST_WAITING = 1000;
const SHOWN = 20;

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** @throws as `createEngine`, AUR_JOB_REDIS, AUR_JOB_STORE, AUR_JOB_WEBHOOK */
export async function runWork(paths: readonly string[], flags: WorkFlags): Promise<number> {
  const { AURICLE_WEBHOOK_SECRET: secret } = process.env;
  const http = new GuardedHttp({
    hosts: flags.hosts,
    privateAddresses: flags.privateAddresses,
    maxBytes: flags.mostMegabytes,
  });
  const deliver = secret === undefined ? undefined : deliverer(webhookSigner(secret), http);
  const results = openStore(flags.outputDir);
  const isHere = paths.length > 0;
  const batch = isHere ? batchInMemory(MOST_WAITING) : await openBatch(flags, { leaseMs: flags.leaseSeconds * 1000 });
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  try {
    const engine = await recognitionEngine(flags);
    const workers = flags.workers ?? availableParallelism();
    const parallel = flags.parallel ?? FILES_A_WORKER * workers;
    const { cutSeconds, channels, alternatives, resume, format: formats = ['txt'] } = flags;
    const work = workOnJobs({
      jobs: batch.jobs,
      parallel,
      run: transcriber({
        ...{ engine, results, http, formats, cutSeconds, channels, alternatives, parallel, resume },
        root: new FolderStore(flags.root),
        captions: captionRulesOf(flags),
      }),
      webhooks: deliver && { queue: batch.webhooks, deliver },
      onSetAside: ({ payload, failure }) => {
        if (!isHere) say(`set aside: ${failureLine(sourceName(payload.source), Object.assign(new Error(), failure))}`);
      },
    });
    try {
      return await (isHere
        ? workHere(paths, flags, batch.jobs, ended.signal)
        : workOn(flags, batch.jobs, ended.signal));
    } finally {
      await work.close();
      await engine.close(0);
    }
  } finally {
    await batch.close();
  }
}

/** What is given, to its end. */
async function workHere(
  paths: readonly string[],
  { root, quiet }: WorkFlags,
  jobs: JobQueue,
  signal: AbortSignal,
): Promise<number> {
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined));
  });
  const submitted = await Promise.race([submitJobs(jobs, jobsOf(paths, root, 'normal'), say), stopped]);
  const counts = await followBatch('here', jobs, signal, quiet ? undefined : process.stderr);
  if (!quiet) say(summaryOf('here', counts, undefined));
  const setAside = await tellSetAside(jobs, say, SHOWN);
  return setAside > 0 || submitted === undefined || submitted.failures > 0 ? SOME_FAILED : 0;
}

/** What comes, until a signal ends it, or nothing is left. */
async function workOn({ name, untilEmpty, quiet }: WorkFlags, jobs: JobQueue, signal: AbortSignal): Promise<number> {
  if (!quiet) say(`working on ${name}`);
  do {
    await followBatch(name, jobs, signal, quiet ? undefined : process.stderr);
    if (!untilEmpty && !signal.aborted) await waitASecond(signal);
  } while (!untilEmpty && !signal.aborted);
  return 0;
}

const waitASecond = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, 1000);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
