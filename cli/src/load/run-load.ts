/** A number of streams and a time go in, what a server made of them comes out. */
import { setTimeout as delay } from 'node:timers/promises';
import type { CallerPool } from './caller-pool.js';
import { type LoadFigures, type ServerFigures, Tally } from './figures.js';
import type { LoadMaterial } from './material.js';
import { type ProcessUsage, usageOf } from './process-usage.js';

export interface LoadPlan {
  streams: number;
  /** over which the streams begin, s */
  rampSeconds: number;
  /** measured after that */
  seconds: number;
  /** a final this long after the last packet is in time, ms */
  withinMs: number;
  /** of the server */
  pid?: number;
}

/** The pool, and the tally that gets its reports just now. */
export interface Generator {
  pool: CallerPool;
  material: LoadMaterial;
  listen(tally: Tally): void;
}

const SAMPLE_MS = 100;

/** Callers come over the ramp, one recording after the other is streamed by each, and all are heard to their ends.
 *  @throws AUR_LOAD_CALLERS, AUR_LOAD_PROCESS */
export async function runLoad({ pool, material, listen }: Generator, plan: LoadPlan): Promise<LoadFigures> {
  const { streams, rampSeconds, seconds, withinMs, pid } = plan;
  const tally = new Tally(material.recordings, withinMs);
  listen(tally);
  await startAll(pool, streams, rampSeconds, material.recordings.length);
  pool.tell({ type: 'measure', isOn: true });
  await pool.reported();
  const before = await markOf(pool, tally, pid);
  const held = await averageOpen(pool, seconds);
  const after = await markOf(pool, tally, pid);
  pool.tell({ type: 'measure', isOn: false });
  pool.tell({ type: 'stop' });
  do await pool.reported();
  while (pool.totals.callers > 0);
  const elapsed = (after.at - before.at) / 1000;
  return tally.figures({
    streams,
    seconds: Number(elapsed.toFixed(1)),
    held: Number(held.toFixed(1)),
    audioRate: Number(((after.audioSeconds - before.audioSeconds) / elapsed).toFixed(1)),
    generatorCores: Number(((after.processorMs - before.processorMs) / 1000 / elapsed).toFixed(2)),
    server: before.usage && after.usage && serverFigures(before.usage, after.usage, elapsed, held),
  });
}

/** Evenly over the ramp, and evenly over the recordings, so that not all of a manifest's first are streamed. */
async function startAll(pool: CallerPool, streams: number, seconds: number, recordings: number): Promise<void> {
  const started = performance.now();
  for (let i = 0; i < streams; i++) {
    const dueIn = started + (i / streams) * seconds * 1000 - performance.now();
    if (dueIn > 1) await delay(dueIn);
    pool.start(Math.floor((i * recordings) / streams) % recordings);
  }
  await delay(Math.max(0, started + seconds * 1000 - performance.now()));
}

interface Mark {
  at: number;
  audioSeconds: number;
  processorMs: number;
  usage: ProcessUsage | undefined;
}

async function markOf(pool: CallerPool, tally: Tally, pid: number | undefined): Promise<Mark> {
  const usage = pid === undefined ? undefined : await usageOf(pid);
  const own = process.cpuUsage();
  return {
    at: performance.now(),
    audioSeconds: tally.audioSeconds,
    processorMs: pool.totals.processorMs + (own.user + own.system) / 1000,
    usage,
  };
}

async function averageOpen(pool: CallerPool, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let [sum, samples] = [0, 0];
  for (; performance.now() < end; samples++) {
    await delay(Math.min(SAMPLE_MS, Math.max(1, end - performance.now())));
    sum += pool.totals.open;
  }
  return sum / Math.max(1, samples);
}

function serverFigures(before: ProcessUsage, after: ProcessUsage, seconds: number, held: number): ServerFigures {
  const cores = (after.processorMs - before.processorMs) / 1000 / seconds;
  return {
    cores: Number(cores.toFixed(2)),
    corePercentPerStream: Number(((100 * cores) / Math.max(1, held)).toFixed(3)),
    memoryBeforeBytes: before.memoryBytes,
    memoryAfterBytes: after.memoryBytes,
  };
}
