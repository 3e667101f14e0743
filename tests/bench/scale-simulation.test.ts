/** The simulation of placement and batching against what is known without it. */
import { describe, expect, it } from 'vitest';
import { capacity, simulate } from '../../bench/scale/simulation.mjs';

const plan = {
  nodes: 1,
  workers: 1,
  mostStreams: Number.POSITIVE_INFINITY,
  batchMs: (_: number) => 10,
  rules: { maxBatch: 1, maxWaitMs: 0 },
  chunkMs: 320,
  tailMs: 0,
  packetMs: 100,
  placement: 'least' as const,
  streamMs: (_: () => number) => 100,
  callers: 1,
  warmMs: 10_000,
  measuredMs: 2_000_000,
  seed: 1,
};

describe('the simulation', () => {
  it('waits as long as a queue of random arrivals and constant service does (Pollaczek and Khinchine)', () => {
    for (const arrivalsPerSecond of [30, 70]) {
      const load = arrivalsPerSecond / 100;
      const { meanMs, busy, batch } = simulate({ ...plan, arrivalsPerSecond });
      const expected = 10 + (load * 10) / (2 * (1 - load));
      expect(Math.abs(meanMs - expected) / expected).toBeLessThan(0.03);
      expect(Math.abs(busy - load)).toBeLessThan(0.01);
      expect(batch).toBe(1);
    }
  });

  it('is Little’s law: streams open are their rate times their length', () => {
    const arrivalsPerSecond = 20;
    const result = simulate({ ...plan, batchMs: () => 0, streamMs: () => 5000, arrivalsPerSecond });
    expect(Math.abs(result.streams - 100)).toBeLessThan(2);
  });

  it('of a lone stream has its last chunks one after the other', () => {
    // 400 ms: one chunk is whole at 400 ms, for its packet ends there; with the tail one more is due.
    const lone = { ...plan, streamMs: () => 400, tailMs: 240, measuredMs: 20_000 };
    expect(simulate(lone).finals).toMatchObject({ p50: 20, p99: 20 });
    // Of 3 s nine chunks are whole and run by the end; of the rest with the tail there is one and a part.
    expect(simulate({ ...lone, streamMs: () => 3000 }).finals).toMatchObject({ p50: 20, p99: 20 });
    expect(simulate({ ...lone, streamMs: () => 3000, tailMs: 100 }).finals).toMatchObject({ p50: 10, p99: 10 });
  });

  it('joins more streams in a batch the more there are, and holds as many as the work allows', () => {
    const joined = {
      ...plan,
      rules: { maxBatch: 32, maxWaitMs: 5 },
      batchMs: (n: number) => 1 + 2 * n,
      streamMs: (random: () => number) => 5000 + 5000 * random(),
      measuredMs: 30_000,
    };
    const [few, many] = [10, 100].map((callers) => simulate({ ...joined, callers }));
    expect(many.batch).toBeGreaterThan(few.batch);
    const most = capacity(joined);
    // A stream costs 2 ms of every 320, and a little of the runs' own; and callers send nothing while they wait for their finals.
    expect(most).toBeLessThanOrEqual(160 * (1 + 0.5 / 7.5));
    expect(most).toBeGreaterThan(120);
  });

  it('refuses what no node has room for; by fewest streams none is refused before all are full', () => {
    const spread = {
      ...plan,
      nodes: 5,
      batchMs: () => 0,
      chunkMs: 1e9,
      streamMs: () => 1e9,
      callers: 50,
      measuredMs: 10_000,
    };
    expect(simulate({ ...spread, mostStreams: 10 })).toMatchObject({ accepted: 50, refused: 0, fullest: 10 });
    expect(simulate({ ...spread, mostStreams: 10, placement: 'random', answerMs: 1000 }).refused).toBeGreaterThan(0);
  });
});
