/** How many live streams a worker holds by what its runs cost, and what happens to those past it. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine, startServer } from '@auricle/serving';
import { Capacity, TimeToNextEnd } from '@auricle/serving/capacity';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { writeTinyBundle } from '../fixtures/tiny-model.js';

const REPORT = { streams: 16, queueMs: 1, computeMs: 20, workMs: 0, isRecording: false };

describe('the capacity', () => {
  it('is the share of the time over what a chunk costs in a full run', () => {
    const capacity = new Capacity({ chunkMs: 320, share: 0.8 });
    expect(capacity.streams(2)).toBe(Number.POSITIVE_INFINITY);
    capacity.addTrials([1, 2, 8].map((size) => ({ size, ms: 4 + size })));
    // 4 / 16 + 1 ms a chunk.
    expect(capacity.streams(1)).toBe(Math.floor((0.8 * 320) / 1.25));
    expect(capacity.streams(3)).toBe(3 * Math.floor((0.8 * 320) / 1.25));
  });

  it('follows what features and decoding cost, and a machine that becomes slower', () => {
    const capacity = new Capacity({ chunkMs: 320, share: 1 });
    capacity.addTrials([1, 2, 8].map((size) => ({ size, ms: 4 + size })));
    for (let i = 0; i < 1000; i++) capacity.add({ ...REPORT, workMs: 16 });
    expect(capacity.streams(1)).toBe(Math.floor(320 / 2.25));
    for (let i = 0; i < 1000; i++) capacity.add({ ...REPORT, computeMs: 48, workMs: 16 });
    expect(capacity.streams(1)).toBe(80);
  });

  it('is not mistaken for that of small runs while few streams are open', () => {
    const capacity = new Capacity({ chunkMs: 320, share: 0.8 });
    capacity.addTrials([1, 2, 8].map((size) => ({ size, ms: 4 + size })));
    const tried = capacity.streams(1);
    for (let i = 0; i < 300; i++) capacity.add({ ...REPORT, streams: 1, computeMs: i % 2 ? 10 : 5 });
    expect(capacity.streams(1)).toBeGreaterThan(0.85 * tried);
    expect(capacity.streams(1)).toBeLessThan(tried);
  });

  it('is at least one stream a worker, however slow', () => {
    const capacity = new Capacity({ chunkMs: 320, share: 0.8 });
    capacity.addTrials([{ size: 1, ms: 5000 }]);
    expect(capacity.streams(2)).toBe(2);
  });

  it('is over while live chunks wait for long, whatever runs cost; those of recordings may wait', () => {
    const capacity = new Capacity({ chunkMs: 320, share: 0.8 });
    for (let i = 0; i < 20; i++) capacity.add({ ...REPORT, queueMs: 300, isRecording: true });
    expect(capacity.isOver).toBe(false);
    for (let i = 0; i < 20; i++) capacity.add({ ...REPORT, queueMs: 300 });
    expect(capacity.isOver).toBe(true);
    for (let i = 0; i < 20; i++) capacity.add(REPORT);
    expect(capacity.isOver).toBe(false);
  });
});

it('the time to try again is that between the ends of streams', () => {
  const next = new TimeToNextEnd();
  expect(next.seconds).toBe(5);
  for (let at = 0; at < 10; at++) next.ended(7500 * at);
  expect(next.seconds).toBe(8);
  for (let at = 0; at < 1000; at++) next.ended(75_000 + at);
  expect(next.seconds).toBe(1);
});

describe('an engine with a live share', () => {
  let root: string;
  let engine: Engine;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'auricle-capacity-'));
    // So small a share that there is room for one stream alone.
    engine = await createEngine({ bundle: await writeTinyBundle(root), liveShare: 0.01 });
    const { hosts } = engine as unknown as { hosts: Map<string, { capacity: Capacity }> };
    const { capacity } = hosts.get('tiny')!;
    for (let i = 0; i < 100; i++) capacity.add({ ...REPORT, streams: 1, computeMs: 1000, workMs: 1000 });
  });
  afterAll(async () => {
    await engine.close(0);
    await rm(root, { recursive: true });
  });

  it('refuses the live stream past it with the seconds to wait, and still takes recordings', () => {
    expect(engine.liveCapacity).toBe(1);
    const stream = engine.openStream({ sampleRate: 8000 });
    expect(engine.hasRoom).toBe(false);
    expect(() => engine.openStream({ sampleRate: 8000 })).toThrow(
      expect.objectContaining({ code: 'AUR_SERVING_FULL', retryAfter: 5 }),
    );
    const recording = engine.openStream({ sampleRate: 8000, priority: 'batch' });
    recording.close();
    stream.close();
    expect(engine.hasRoom).toBe(true);
  });

  it('is told of in the protocol’s words, with Retry-After', async () => {
    const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
    const stream = engine.openStream({ sampleRate: 8000 });
    const socket = new WebSocket(server.url.replace('http', 'ws'));
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(503);
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    response.resume();
    stream.close();
    await server.close();
  });
});
