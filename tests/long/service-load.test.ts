/** A service in a process of its own under load for long: streams come and go, more come than it takes, thousands come one after the other. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Callers, callers, type Served, serve } from './fixtures/served.js';
import { streamOnce } from './fixtures/stream-once.js';

/** The marks: an hour at 70 % of what the machine holds (`auricle load --find`), ten minutes of three times what it holds, 10,000 streams. */
const SOAK_SECONDS = Number(process.env.AURICLE_SOAK_SECONDS ?? 120);
const SOAK_STREAMS = Number(process.env.AURICLE_SOAK_STREAMS ?? 8);
const OVERLOAD_SECONDS = Number(process.env.AURICLE_OVERLOAD_SECONDS ?? 60);
/** what the service of the overload takes */
const FULL_STREAMS = Number(process.env.AURICLE_FULL_STREAMS ?? 6);
const SEQUENTIAL = Number(process.env.AURICLE_SEQUENTIAL_STREAMS ?? 1000);
/** In less time the runtime's heap has not found its size: longer soaks come after so much of warming up. */
const HEAP_SECONDS = 600;
const MEBIBYTE = 2 ** 20;
/** What a heap may differ by from one look to the next. */
const SLACK_BYTES = 32 * MEBIBYTE;

let all: Callers;
beforeAll(async () => {
  all = await callers();
});
afterAll(() => all.remove());

const running: Served[] = [];
afterEach(() => Promise.all(running.splice(0).map((served) => served.stop('SIGKILL'))));
async function started(...args: string[]): Promise<Served> {
  const served = await serve(['--set', 'log.level=info', ...args]);
  running.push(served);
  return served;
}

/** Resolves when the service has noticed that its clients have left. */
async function empty(served: Served): Promise<void> {
  while ((await served.metric('auricle_connections_open')) > 1 || (await served.metric('auricle_streams_open')) > 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
}

describe(`a soak of ${SOAK_SECONDS} s with ${SOAK_STREAMS} streams`, () => {
  it('changes and loses no transcript, keeps its memory and leaks no handle', async () => {
    const served = await started();
    // What is made once, is made.
    const isLong = SOAK_SECONDS >= HEAP_SECONDS;
    await all.offer(served.url, { streams: SOAK_STREAMS, seconds: isLong ? HEAP_SECONDS : 10 });
    await empty(served);
    const handles = await served.handles();
    const figures = await all.offer(served.url, { streams: SOAK_STREAMS, seconds: SOAK_SECONDS, pid: served.pid });
    expect(figures.utterances).toMatchObject({ different: 0, failed: 0 });
    // Of a machine that does much else.
    for (const code of Object.keys(figures.errors)) expect(code).toBe('AUR_SERVING_FULL');
    expect(figures.utterances.same).toBeGreaterThanOrEqual(SOAK_STREAMS);
    await empty(served);
    expect(await served.handles()).toBeLessThanOrEqual(handles + 1);
    const { memoryBeforeBytes: before, memoryAfterBytes: after } = figures.server!;
    process.stdout.write(
      `${figures.utterances.same} transcripts as expected; memory ${(before / MEBIBYTE).toFixed(0)} -> ${(after / MEBIBYTE).toFixed(0)} MiB; finals p99 ${figures.finals.p99} ms\n`,
    );
    if (isLong) expect(after / before).toBeLessThanOrEqual(1.05);
    else expect(after - before).toBeLessThan(SLACK_BYTES);
    expect(await served.stop()).toEqual([0, null]);
  });
});

describe(`${OVERLOAD_SECONDS} s of three times the streams that a service takes`, () => {
  it('change no accepted transcript; the others are refused by a code, and streams are taken again after it', async () => {
    const served = await started('--max-streams', String(FULL_STREAMS));
    const full = await all.offer(served.url, { streams: FULL_STREAMS, seconds: Math.min(OVERLOAD_SECONDS, 60) });
    const over = await all.offer(served.url, { streams: 3 * FULL_STREAMS, seconds: OVERLOAD_SECONDS });
    process.stdout.write(
      `finals at full load p99 ${full.finals.p99} ms, under three times the load p99 ${over.finals.p99} ms; ${over.utterances.refused} refused\n`,
    );
    expect(full.utterances).toMatchObject({ different: 0, failed: 0 });
    expect(over.utterances).toMatchObject({ different: 0, failed: 0 });
    expect(over.utterances.same).toBeGreaterThanOrEqual(FULL_STREAMS);
    expect(over.utterances.refused).toBeGreaterThan(0);
    // Those refused try again at once, which an address may not do without end.
    const { AUR_SERVING_FULL: noRoom = 0, AUR_LIMIT_RATE: hasty = 0, ...others } = over.errors;
    expect(others).toEqual({});
    expect(noRoom + hasty).toBe(over.utterances.refused);
    const after = await all.offer(served.url, { streams: 1, rampSeconds: 0, seconds: 1 });
    expect(after.utterances).toMatchObject({ different: 0, failed: 0 });
    expect(after.utterances.same).toBeGreaterThanOrEqual(1);
  });
});

describe(`${SEQUENTIAL} streams one after the other`, () => {
  it('leave the memory and the handles as they were', async () => {
    const served = await started();
    const { material } = all;
    const stream = (i: number) => streamOnce(served.url, material.recordings[i % material.recordings.length]);
    const warm = Math.ceil(SEQUENTIAL / 5);
    let before = 0;
    let handles = 0;
    for (let i = 0; i < SEQUENTIAL; i++) {
      if (i === warm) [before, handles] = await Promise.all([served.memory(), served.handles()]);
      await stream(i);
    }
    await empty(served);
    const after = await served.memory();
    process.stdout.write(`memory ${(before / MEBIBYTE).toFixed(1)} -> ${(after / MEBIBYTE).toFixed(1)} MiB\n`);
    expect(after - before).toBeLessThan(SLACK_BYTES);
    expect(await served.handles()).toBeLessThanOrEqual(handles + 1);
  });
});
