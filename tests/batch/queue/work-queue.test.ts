/** What every queue of work promises, held against the one in memory and the one on a Redis. */
import { audioError } from '@auricle/audio/audio-errors';
import { batchError, MemoryQueue, type RunningWork, type Task, type WorkQueue } from '@auricle/batch';
import { connectRedis, RedisQueue } from '@auricle/batch/redis';
import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HAS_REDIS, startRedis, type TestRedis } from '../../fixtures/redis.js';

type Queue = WorkQueue<string, string>;
const RETRIES = { attempts: 3, backoffMs: 10 };
const never = () => false;

const task = (id: string, priority?: Task<string>['priority']): Task<string> => ({ id, payload: `of ${id}`, priority });

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Resolves when so many tasks have ended. */
function ended(queue: Queue, count: number): Promise<string[]> {
  const ids: string[] = [];
  return new Promise((resolve) => {
    const stop = queue.onEnd((id) => {
      ids.push(id);
      if (ids.length < count) return;
      stop();
      resolve(ids);
    });
  });
}

function keepsItsPromises(makeQueue: () => Promise<Queue>): void {
  let queue: Queue;
  const works: RunningWork[] = [];
  const work = (run: Parameters<Queue['work']>[0], options: Partial<Parameters<Queue['work']>[1]> = {}) => {
    const running = queue.work(run, { parallel: 4, isPermanent: never, ...options });
    works.push(running);
    return running;
  };
  const fresh = async () => {
    queue = await makeQueue();
    return queue;
  };
  afterEach(async () => {
    await Promise.all(works.splice(0).map((running) => running.close()));
    await queue.close();
  });

  it('runs every task once and keeps its outcome', async () => {
    await fresh();
    const over = ended(queue, 20);
    const ids = Array.from({ length: 20 }, (_, i) => `task-${i}`);
    await queue.add(ids.map((id) => task(id)));
    const runs: string[] = [];
    work(async ({ id, payload }) => {
      runs.push(id);
      return `done ${payload}`;
    });
    expect((await over).sort()).toEqual([...ids].sort());
    expect(runs.sort()).toEqual([...ids].sort());
    expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 20, failed: 0 });
    expect(await queue.find('task-3')).toMatchObject({ state: 'done', outcome: 'done of task-3', attempts: 1 });
    expect((await collected(queue.list('done'))).map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it('takes no task whose id it knows, waiting or done', async () => {
    await fresh();
    await queue.add([task('one'), task('two'), task('one')]);
    await queue.add([task('two')]);
    expect((await queue.counts()).waiting).toBe(2);
    const over = ended(queue, 2);
    work(async () => 'x');
    await over;
    await queue.add([task('one'), task('two')]);
    expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 2, failed: 0 });
  });

  it('takes urgent tasks first, and those of one priority in their order', async () => {
    await fresh();
    await queue.add([task('a'), task('low', 'low'), task('b'), task('high', 'high'), task('c', 'normal')]);
    const over = ended(queue, 5);
    const order: string[] = [];
    work(
      async ({ id }) => {
        order.push(id);
        return '';
      },
      { parallel: 1 },
    );
    await over;
    expect(order).toEqual(['high', 'a', 'b', 'c', 'low']);
  });

  it('tries again what failed, and sets aside with its reason what fails every time', async () => {
    await fresh();
    const over = ended(queue, 2);
    await queue.add([task('flaky'), task('poison')]);
    const tries = new Map<string, number>();
    work(async ({ id }) => {
      const count = (tries.get(id) ?? 0) + 1;
      tries.set(id, count);
      if (id === 'poison' || count < 3)
        throw batchError('AUR_JOB_DOWNLOAD', { url: 'u', reason: 'line one\nline two' });
      return 'at last';
    });
    await over;
    expect(Object.fromEntries(tries)).toEqual({ flaky: 3, poison: 3 });
    expect(await queue.find('flaky')).toMatchObject({ state: 'done', outcome: 'at last', attempts: 3 });
    const [poison, ...others] = await collected(queue.list('failed'));
    expect(others).toEqual([]);
    expect(poison).toMatchObject({
      id: 'poison',
      attempts: 3,
      failure: { code: 'AUR_JOB_DOWNLOAD', message: 'u: line one\nline two' },
    });
  });

  it('sets aside at once what it is of no use to try again, until it is told to', async () => {
    await fresh();
    const isPermanent = ({ code }: { code: string }) => code === 'AUR_AUDIO_EMPTY';
    await queue.add([task('empty')]);
    let tries = 0;
    let isMended = false;
    const run = async () => {
      tries++;
      if (!isMended) throw audioError('AUR_AUDIO_EMPTY', { source: 'empty' });
      return 'mended';
    };
    const over = ended(queue, 1);
    work(run, { isPermanent });
    await over;
    expect(tries).toBe(1);
    expect(await queue.find('empty')).toMatchObject({ state: 'failed', failure: { code: 'AUR_AUDIO_EMPTY' } });
    isMended = true;
    const overAgain = ended(queue, 1);
    expect(await queue.retryFailed()).toBe(1);
    await overAgain;
    expect(await queue.find('empty')).toMatchObject({ state: 'done', outcome: 'mended' });
  });

  it('forgets what is cancelled, also under way', async () => {
    await fresh();
    await queue.add([task('running'), task('waiting'), task('later')]);
    const begun = new Promise<void>((resolve) => {
      work(
        async (_, { signal }) => {
          resolve();
          await new Promise<void>((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason));
          });
          return '';
        },
        { parallel: 1 },
      );
    });
    await begun;
    expect(await queue.cancel('waiting')).toBe(true);
    expect(await queue.cancel('nothing')).toBe(false);
    expect(await queue.cancelAll()).toBe(2);
    expect(await queue.counts()).toEqual({ waiting: 0, running: 0, done: 0, failed: 0 });
    expect(await queue.find('running')).toBeUndefined();
    // What was cancelled may be asked for again.
    await queue.add([task('waiting')]);
    expect(await queue.find('waiting')).toBeDefined();
    await queue.cancelAll();
  });

  it('gives back what is under way when work is closed', async () => {
    await fresh();
    await queue.add([task('long')]);
    const first = await new Promise<RunningWork>((resolve) => {
      const running = work(async (_, { signal }) => {
        resolve(running);
        await new Promise<void>((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        });
        return '';
      });
    });
    await first.close();
    expect(await queue.counts()).toEqual({ waiting: 1, running: 0, done: 0, failed: 0 });
    const over = ended(queue, 1);
    work(async () => 'by another');
    await over;
    expect(await queue.find('long')).toMatchObject({ state: 'done', outcome: 'by another' });
  });

  it('lists what waits in the order of its turns', async () => {
    await fresh();
    await queue.add([task('b'), task('a'), task('c')]);
    expect((await collected(queue.list('waiting'))).map(({ id, payload }) => [id, payload])).toEqual([
      ['b', 'of b'],
      ['a', 'of a'],
      ['c', 'of c'],
    ]);
  });
}

describe('the queue in memory', () => {
  keepsItsPromises(async () => new MemoryQueue<string, string>({ retries: RETRIES }));

  it('lets whoever adds wait while it is full', async () => {
    const queue = new MemoryQueue<string, string>({ mostWaiting: 2 });
    let isIn = false;
    const adding = queue.add(['a', 'b', 'c'].map((id) => task(id))).then(() => {
      isIn = true;
    });
    await queue.counts();
    expect([isIn, (await queue.counts()).waiting]).toEqual([false, 2]);
    const over = ended(queue, 3);
    const work = queue.work(async () => '', { parallel: 1, isPermanent: never });
    await adding;
    await over;
    expect((await queue.counts()).done).toBe(3);
    await work.close();
    await queue.close();
  });

  it('remembers the latest of those that ended', async () => {
    const queue = new MemoryQueue<string, string>({ mostEnded: 2 });
    const over = ended(queue, 4);
    await queue.add(['a', 'b', 'c', 'd'].map((id) => task(id)));
    const work = queue.work(async () => '', { parallel: 1, isPermanent: never });
    await over;
    expect((await collected(queue.list('done'))).map(({ id }) => id)).toEqual(['d', 'c']);
    expect((await queue.counts()).done).toBe(4);
    await work.close();
    await queue.close();
  });
});

describe.skipIf(!HAS_REDIS)('the queue on Redis', () => {
  let server: TestRedis;
  let redis: Redis;
  let names = 0;
  beforeAll(async () => {
    server = await startRedis();
    redis = await connectRedis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  keepsItsPromises(
    async () => new RedisQueue<string, string>({ redis, name: `test-${names++}`, retries: RETRIES, leaseMs: 2000 }),
  );

  it('names what is wrong with an address, without its password', async () => {
    await expect(connectRedis('redis://me:secret@127.0.0.1:1')).rejects.toMatchObject({
      code: 'AUR_JOB_REDIS',
      message: expect.not.stringContaining('secret'),
    });
    await expect(connectRedis('http://127.0.0.1')).rejects.toMatchObject({ code: 'AUR_JOB_REDIS' });
  });
});
