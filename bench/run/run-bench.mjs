/** A bench script goes in; it runs in a process of its own, and what it compared comes out with the circumstances, or why there is nothing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { arch, cpus, loadavg, platform, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { comparisonSchema } from '../comparison.mjs';
import { findNeeds, PYTHON, ROOT } from './needs.mjs';

/** One run of one bench script. */
export const runSchema = z.strictObject({
  bench: z.string(),
  command: z.string(),
  /** when it began, to the minute, ISO 8601 */
  date: z.string(),
  machine: z.string(),
  /** of Node and of what is needed, by name */
  versions: z.record(z.string(), z.string()),
  /** averages over the minute before it began and before it ended: processes that run or wait for a core */
  load: z.strictObject({ before: z.number(), after: z.number() }),
  seconds: z.number(),
  comparisons: z.array(comparisonSchema).min(1),
});

const machine = () => {
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus()[0].model.trim()}, ${cpus().length} cores, ${gibibytes} GiB, ${platform()} ${arch()}`;
};
const load = () => Number(loadavg()[0].toFixed(1));

/** Ends a script and all that it has started: those are one process group. */
function endGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** @returns why it did not end well, or nothing */
async function runScript({ args, limitMinutes }, comparisons, { stdio, signal }) {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    detached: true,
    stdio,
    env: {
      ...process.env,
      AURICLE_COMPARISONS: comparisons,
      AURICLE_PYTHON: join(ROOT, PYTHON),
      AURICLE_CLIENTS: join(ROOT, PYTHON, '..'),
    },
  });
  const limit = AbortSignal.timeout(60_000 * limitMinutes);
  const stop = AbortSignal.any([limit, ...(signal ? [signal] : [])]);
  const end = () => endGroup(child);
  stop.addEventListener('abort', end);
  const [code, killedBy] = await once(child, 'exit');
  stop.removeEventListener('abort', end);
  // What it has started and left behind would disturb the next one.
  end();
  if (signal?.aborted) return 'stopped';
  if (limit.aborted) return `not done after ${limitMinutes} minutes`;
  return code === 0 ? undefined : `ended with ${killedBy ?? `exit code ${code}`}`;
}

/** @param bench one of `BENCHES`
 *  @param {{ stdio?: string, signal?: AbortSignal }} options of the script's process: where its output goes, and what stops it
 *  @returns `{ run }`, `{ skipped: reason }` or `{ failed: reason }` */
export async function runBench(bench, { stdio = 'inherit', signal } = {}) {
  const { versions, missing } = await findNeeds(bench.needs);
  if (missing.length > 0) return { skipped: missing.join('; ') };
  const folder = await mkdtemp(join(tmpdir(), 'auricle-bench-'));
  try {
    const comparisons = join(folder, 'comparisons.jsonl');
    if (bench.keeps) await rm(join(ROOT, bench.keeps), { force: true });
    const begun = { date: `${new Date().toISOString().slice(0, 16)}Z`, load: load(), at: performance.now() };
    const failed = await runScript(bench, comparisons, { stdio, signal });
    if (failed) return { failed };
    const told = (await readFile(comparisons, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    if (told.length === 0) return { failed: 'it told of no comparison; what it said may tell why' };
    const run = {
      bench: bench.name,
      command: `node ${bench.args.join(' ')}`,
      date: begun.date,
      machine: machine(),
      versions: { node: process.versions.node, ...versions },
      load: { before: begun.load, after: load() },
      seconds: Math.round((performance.now() - begun.at) / 1000),
      comparisons: told.map((line) => JSON.parse(line)),
    };
    return { run: runSchema.parse(run) };
  } finally {
    await rm(folder, { recursive: true });
  }
}
