/** A range of numbers goes in, the mutants of those numbers are read in every way, and what came of it is counted. */
import { Worker } from 'node:worker_threads';
import { AuricleError, audioInfo, decodeAudio, type ReadOptions, StreamingDecoder } from '@auricle/audio';
import { forkSeed, Random } from '@auricle/datasets/random';
import { type Mutant, mutant } from './mutations.js';

export interface FuzzReport {
  files: number;
  /** How many attempts ended with samples, and with each code. */
  outcomes: Record<string, number>;
  /** Attempts that broke a promise. */
  failures: string[];
  /** Bytes that the most memory-hungry attempt left allocated outside the heap, and seconds of the slowest, with their files. */
  hungriest: { bytes: number; name: string };
  slowest: { seconds: number; name: string };
}

/** Ends the process when an attempt takes longer: nothing else can, while a decoder runs. */
const HANG_SECONDS = 60;

const SOURCE = 'takes/one two.wav';

/** The watch stands outside the thread that may hang. */
function watch(current: Int32Array): Worker {
  return new Worker(
    `const { workerData } = require('node:worker_threads');
     let last = -1;
     setInterval(() => {
       const now = Atomics.load(workerData, 0);
       if (now === last) { console.error('mutant ' + now + ' hangs'); process.kill(process.pid, 'SIGKILL'); }
       last = now;
     }, ${HANG_SECONDS * 1000});`,
    { eval: true, workerData: current },
  );
}

export async function fuzz(from: number, count: number): Promise<FuzzReport> {
  const report: FuzzReport = {
    files: count,
    outcomes: {},
    failures: [],
    hungriest: { bytes: 0, name: '' },
    slowest: { seconds: 0, name: '' },
  };
  const current = new Int32Array(new SharedArrayBuffer(4));
  const watcher = watch(current);
  for (let number = from; number < from + count; number++) {
    Atomics.store(current, 0, number);
    const candidate = mutant(number);
    for (const attempt of attempts(candidate, new Random(forkSeed(7, number))))
      await measure(attempt, candidate, report);
  }
  await watcher.terminate();
  return report;
}

/** Whole or a segment of it, one channel or all, as a stream, and its header alone. */
function attempts({ bytes, raw }: Mutant, random: Random): (() => Promise<unknown>)[] {
  const options: ReadOptions = { raw };
  if (random.uniform() < 0.3) options.channel = random.integer(0, 1);
  if (random.uniform() < 0.3) Object.assign(options, { offset: 0.02 * random.uniform(), duration: 0.02 });
  return [
    async () => checkSamples((await decodeAudio(bytes, SOURCE, options)).samples),
    async () => {
      const { duration, sampleRate, channels } = await audioInfo(bytes, { source: SOURCE, raw });
      if (!(duration > 0 && sampleRate > 0 && channels > 0)) throw new Error(`audioInfo: ${duration} s`);
    },
    async () => {
      const decoder = new StreamingDecoder(SOURCE);
      for (let at = 0; at < bytes.length; ) {
        const piece = bytes.subarray(at, at + random.integer(1, 900));
        at += piece.length;
        for await (const block of decoder.push(piece)) checkSamples(block);
      }
      for await (const block of decoder.flush()) checkSamples(block);
    },
  ];
}

function checkSamples(samples: Float32Array): void {
  if (samples.length === 0) throw new Error('no samples');
  for (let i = 0; i < samples.length; i++)
    if (!(samples[i] >= -1 && samples[i] <= 1)) throw new Error(`sample ${i} is ${samples[i]}`);
}

async function measure(attempt: () => Promise<unknown>, { name }: Mutant, report: FuzzReport): Promise<void> {
  const before = process.memoryUsage();
  const start = performance.now();
  let outcome = 'samples';
  try {
    await attempt();
  } catch (error) {
    outcome = error instanceof AuricleError ? error.code : 'failure';
    const { message } = error as Error;
    const isKept = error instanceof AuricleError && /^AUR_AUDIO_/.test(error.code) && message.includes(SOURCE);
    if (!isKept || message.includes('undefined')) report.failures.push(`${name}: ${(error as Error).stack}`);
  }
  const after = process.memoryUsage();
  const bytes = after.external - before.external;
  const seconds = (performance.now() - start) / 1000;
  report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
  if (bytes > report.hungriest.bytes) report.hungriest = { bytes, name };
  if (seconds > report.slowest.seconds) report.slowest = { seconds, name };
}
