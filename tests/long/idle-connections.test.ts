/** More idle connections than a process can have: the service drops what is beyond its limit, stays small, and serves once they are gone. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Callers, callers, type Served, serve } from './fixtures/served.js';
import { streamOnce } from './fixtures/stream-once.js';

/** The mark is 100,000. */
const CONNECTIONS = Number(process.env.AURICLE_IDLE_CONNECTIONS ?? 20_000);
/** From one address to one port there are some 28,000 ports, and a process has a limit of open files. */
const PER_PROCESS = 10_000;
const LIMIT = 2000;
/** that a service has besides connections */
const OTHER_HANDLES = 200;
const MOST_GROWTH_BYTES = 512 * 2 ** 20;

let all: Callers;
beforeAll(async () => {
  all = await callers(1);
});
afterAll(() => all.remove());
const running: Served[] = [];
afterEach(() => Promise.all(running.splice(0).map((served) => served.stop('SIGKILL'))));

it(`${CONNECTIONS} idle connections`, async () => {
  const served = await serve([
    '--set',
    `limits.connections=${LIMIT}`,
    'limits.idleSeconds=10',
    'limits.headSeconds=10',
    'log.level=warn',
  ]);
  running.push(served);
  const { hostname, port } = new URL(served.url);
  const before = await served.memory();
  const holders = Array.from({ length: Math.ceil(CONNECTIONS / PER_PROCESS) }, (_, i) =>
    fork(new URL('./fixtures/hold-connections.mjs', import.meta.url), [
      ...[hostname, port, `127.0.0.${i + 2}`, String(Math.min(PER_PROCESS, CONNECTIONS - i * PER_PROCESS))],
    ]),
  );
  const tried = await Promise.all(holders.map((holder) => once(holder, 'message')));
  const counts = tried.map(([told]) => told as { opened: number; failed: number });
  const sum = (pick: 'opened' | 'failed') => counts.reduce((all, one) => all + one[pick], 0);
  const during = await served.memory();
  process.stdout.write(
    `${sum('opened')} opened, ${sum('failed')} refused by the system; memory ${(before / 2 ** 20).toFixed(0)} -> ${(during / 2 ** 20).toFixed(0)} MiB\n`,
  );
  expect(sum('opened') + sum('failed')).toBe(CONNECTIONS);
  const mostHandles = 2 * LIMIT + OTHER_HANDLES;
  while ((await served.handles()) > mostHandles) await new Promise((again) => setTimeout(again, 50));
  expect(during - before).toBeLessThan(MOST_GROWTH_BYTES);
  await Promise.all(
    holders.map(async (holder) => {
      const exited = once(holder, 'exit');
      holder.disconnect();
      await exited;
    }),
  );
  await served.metric('auricle_connections_open');
  await streamOnce(served.url, all.material.recordings[0]);
  expect(await served.stop()).toEqual([0, null]);
});
