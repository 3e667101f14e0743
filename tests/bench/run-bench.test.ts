/** The runner of bench scripts, with one that measures nothing. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BENCHES } from '../../bench/run/benches.mjs';
import { file, npm, ROOT } from '../../bench/run/needs.mjs';
import { runAll } from '../../bench/run/run-all.mjs';
import { runBench } from '../../bench/run/run-bench.mjs';

const SCRIPT = 'tests/bench/fixtures/fake-bench.mjs';
const bench = (...args: string[]) => ({ name: 'fake', args: [SCRIPT, ...args], needs: [], limitMinutes: 1 });
const quiet = { stdio: 'ignore' };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-run-bench-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('running a bench script', () => {
  it('gives its comparisons, with ratios above 1 where ours is better, and the circumstances', async () => {
    const { run } = await runBench({ ...bench('done'), needs: [npm('zod')] }, quiet);
    const common = { unit: 's', ours: 2, peer: 3, peerName: 'a peer', rounds: 1 };
    expect(run?.comparisons).toEqual([
      { ...common, comparison: 'sorting', better: 'lower', ratio: 1.5 },
      { ...common, comparison: 'counting', better: 'higher', ratio: 0.7 },
    ]);
    const zod = JSON.parse(await readFile(join(ROOT, 'node_modules/zod/package.json'), 'utf8'));
    expect(run?.versions).toEqual({ node: process.versions.node, zod: zod.version });
    expect(run?.command).toBe(`node ${SCRIPT} done`);
    expect(run?.machine).toMatch(/\d+ cores, \d+ GiB/);
  });

  it.each([
    ['failing', 'exit code 1'],
    ['wrong', 'exit code 1'],
    ['silent', 'no comparison'],
  ])('says why one that is %s has failed, whatever it told before', async (ending, reason) => {
    const { run, failed } = await runBench(bench(ending), quiet);
    expect(failed).toContain(reason);
    expect(run).toBeUndefined();
  });

  it('does not start one whose peer or data are missing', async () => {
    const needs = [npm('no-such-peer'), file('no/such/folder', 'make it'), npm('zod')];
    const { skipped } = await runBench({ ...bench('failing'), needs }, quiet);
    expect(skipped).toBe('no-such-peer is not installed: npm run setup:peers; no no/such/folder: make it');
  });

  it('ends one that takes too long', async () => {
    const { failed } = await runBench({ ...bench('endless', join(folder, 'pid')), limitMinutes: 1e-4 }, quiet);
    expect(failed).toBe('not done after 0.0001 minutes');
  });

  it('ends one that is stopped, with all that it has started', async () => {
    const told = join(folder, 'pid');
    const stop = new AbortController();
    const running = runBench(bench('endless', told), { ...quiet, signal: stop.signal });
    const pidOf = () => readFile(told, 'utf8').then(Number, () => 0);
    await expect.poll(pidOf, { timeout: 60_000 }).toBeGreaterThan(0);
    expect(isRunning(await pidOf())).toBe(true);
    stop.abort();
    expect(await running).toEqual({ failed: 'stopped' });
    await expect.poll(async () => isRunning(await pidOf()), { timeout: 60_000 }).toBe(false);
  });

  it('removes what a script kept of an earlier run', async () => {
    const keeps = '.cache/fake-bench.json';
    await mkdir(join(ROOT, '.cache'), { recursive: true });
    await writeFile(join(ROOT, keeps), '{}');
    await runBench({ ...bench('done'), keeps }, quiet);
    await expect(readFile(join(ROOT, keeps))).rejects.toThrow('ENOENT');
  });
});

describe('running all of them', () => {
  it('goes on after one that fails or is skipped, and counts', async () => {
    const said: string[] = [];
    const kept: string[] = [];
    const benches = [
      { ...bench('failing'), name: 'first' },
      { ...bench('done'), name: 'second', needs: [npm('no-such-peer')] },
      { ...bench('done'), name: 'third' },
    ];
    const counts = await runAll(benches, {
      ...quiet,
      print: (line: string) => said.push(line),
      keep: async (run: { bench: string }) => kept.push(run.bench),
    });
    expect(counts).toEqual({ done: 1, skipped: 1, failed: 1 });
    expect(kept).toEqual(['third']);
    expect(said).toContain('first (1 of 3) failed: ended with exit code 1');
    expect(said).toContain('second (2 of 3) skipped: no-such-peer is not installed: npm run setup:peers');
  });

  it('refuses a name that it does not know, and starts nothing', async () => {
    const command = promisify(execFile)(process.execPath, [join(ROOT, 'bench/run.mjs'), 'fbank', 'no-such']);
    await expect(command).rejects.toThrow('no-such: expected some of fbank, resample');
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('the list of comparisons', () => {
  it('names scripts that are there, each once', async () => {
    expect(new Set(BENCHES.map(({ name }) => name)).size).toBe(BENCHES.length);
    for (const { args } of BENCHES) {
      const script = args.find((arg) => arg.endsWith('.mjs'));
      expect(await readFile(join(ROOT, `${script}`), 'utf8')).toContain("from './comparison.mjs'");
    }
  });

  it('has commands that can be typed as they are told', () => {
    for (const { args } of BENCHES) for (const arg of args) expect(arg).toMatch(/^[\w./,-]+$/);
  });
});
