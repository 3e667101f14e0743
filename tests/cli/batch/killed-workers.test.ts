/** Workers die and the Redis with them: every recording has one result, and it is the right one. tests/long has thirty deaths. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killedWorkers } from '../../fixtures/killed-workers.js';
import { HAS_REDIS, startRedis, type TestRedis } from '../../fixtures/redis.js';

describe.skipIf(!HAS_REDIS)('a batch whose workers are killed', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('has one right result a recording, also when the Redis is killed in between', { timeout: 600_000 }, async () => {
    const { counts, results, expected, wrong, kills } = await killedWorkers({
      ...{ redis, recordings: 60, kills: 3, restarts: 2, seed: 1 },
    });
    expect(kills).toBe(3);
    expect(counts).toEqual({ waiting: 0, running: 0, done: 60, failed: 0 });
    expect(results).toEqual(expected);
    expect(wrong).toEqual([]);
  });
});
