/** Thirty workers of a batch are killed at random moments, and the Redis four times under them. AURICLE_KILLS and AURICLE_KILL_SEED choose others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killedWorkers } from '../fixtures/killed-workers.js';
import { HAS_REDIS, startRedis, type TestRedis } from '../fixtures/redis.js';

const KILLS = Number(process.env.AURICLE_KILLS ?? 30);
const SEED = Number(process.env.AURICLE_KILL_SEED ?? 1);
const RECORDINGS = 40 * KILLS;

describe.skipIf(!HAS_REDIS)('a batch whose workers are killed again and again', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('has one right result a recording', async () => {
    const trial = { redis, recordings: RECORDINGS, kills: KILLS, restarts: 4, seed: SEED };
    const { counts, results, expected, wrong, kills, takenOver } = await killedWorkers(trial);
    expect(kills).toBe(KILLS);
    expect(counts).toEqual({ waiting: 0, running: 0, done: RECORDINGS, failed: 0 });
    expect(results).toEqual(expected);
    expect(wrong).toEqual([]);
    // Deaths came while there was work.
    expect(takenOver).toBeGreaterThan(KILLS / 3);
  });
});
