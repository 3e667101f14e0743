/** An engine goes in, a reader of live figures comes out: what the process and its inference threads are doing now. */
import { type EventLoopUtilization, monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import type { Engine } from '../engine.js';

export const statusSchema = z.object({
  model: z.object({ name: z.string(), language: z.string() }),
  isReady: z.boolean(),
  uptimeSeconds: z.number().describe('since the service started'),
  streams: z.object({ open: z.number().int() }),
  workers: z.array(
    z.object({
      isReady: z.boolean(),
      streams: z.number().int(),
      utilisation: z
        .number()
        .describe('share of the time since the last reading in which the thread was not waiting, 0 to 1'),
    }),
  ),
  process: z.object({
    cpuCores: z.number().describe('of all threads, in cores, since the last reading'),
    memoryBytes: z.number().describe('resident'),
    eventLoopDelayMs: z
      .number()
      .describe('how late the main thread comes to its work, the 99th of 100, since the last reading'),
  }),
});
export type Status = z.output<typeof statusSchema>;

/** Shares and rates are those since the last reading by anyone; readers that come within this time get the same figures. */
const SHORTEST_INTERVAL_MS = 250;

export function statusReader(engine: Engine): () => Status {
  const started = performance.now();
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  let readAt = started;
  let cpu = process.cpuUsage();
  const utilisations = new WeakMap<object, EventLoopUtilization>();
  let latest: Status | undefined;

  return () => {
    const now = performance.now();
    if (latest && now - readAt < SHORTEST_INTERVAL_MS) return latest;
    const { user, system } = process.cpuUsage(cpu);
    const elapsedMicroseconds = (now - readAt) * 1000;
    const { name, language } = engine.bundle.description;
    latest = {
      model: { name, language },
      isReady: engine.isReady,
      uptimeSeconds: (now - started) / 1000,
      streams: { open: engine.openStreams },
      workers: engine.threads.map((worker) => {
        const total = worker.thread.performance.eventLoopUtilization();
        const { utilization } = worker.thread.performance.eventLoopUtilization(total, utilisations.get(worker));
        utilisations.set(worker, total);
        // A thread that has just started gives figures out of range.
        const utilisation = Math.min(1, Math.max(0, utilization || 0));
        return { isReady: worker.isReady, streams: worker.streams.size, utilisation };
      }),
      process: {
        cpuCores: elapsedMicroseconds > 0 ? (user + system) / elapsedMicroseconds : 0,
        memoryBytes: process.memoryUsage.rss(),
        eventLoopDelayMs: Math.max(0, delay.percentile(99) / 1e6 - 20),
      },
    };
    readAt = now;
    cpu = process.cpuUsage();
    delay.reset();
    return latest;
  };
}
