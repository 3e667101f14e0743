import { setImmediate as turn } from 'node:timers/promises';
import { ByteBudget } from '@auricle/serving/batch/byte-budget';
import { inParallel } from '@auricle/serving/batch/in-parallel';
import { deferred } from '@auricle/serving/deferred';
import { describe, expect, it } from 'vitest';

const never = new AbortController().signal;

describe('inParallel', () => {
  it('gives results as they are done, and begins no more than it may', async () => {
    const gates = [0, 1, 2, 3].map(() => deferred<number>());
    const begun: number[] = [];
    const results = inParallel(
      [0, 1, 2, 3],
      2,
      (i) => {
        begun.push(i);
        return gates[i].promise;
      },
      never,
    );
    const first = results.next();
    await turn();
    expect(begun).toEqual([0, 1]);
    gates[1].resolve(10);
    expect(await first).toEqual({ value: 10, done: false });
    const second = results.next();
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    gates[2].resolve(20);
    gates[0].resolve(0);
    gates[3].resolve(30);
    expect(new Set([(await second).value, (await results.next()).value, (await results.next()).value])).toEqual(
      new Set([0, 20, 30]),
    );
    expect((await results.next()).done).toBe(true);
  });

  it('goes on with what is done while the next input is not there yet', async () => {
    const later = deferred<void>();
    const inputs = async function* () {
      yield 1;
      await later.promise;
      yield 2;
    };
    const results = inParallel(inputs(), 8, async (i) => i, never);
    expect((await results.next()).value).toBe(1);
    later.resolve();
    expect((await results.next()).value).toBe(2);
    expect((await results.next()).done).toBe(true);
  });

  it('ends when it is aborted, though an input never comes', async () => {
    const abort = new AbortController();
    const inputs = async function* () {
      yield 1;
      await new Promise(() => undefined);
    };
    const results = inParallel(inputs(), 8, async (i) => i, abort.signal);
    expect((await results.next()).value).toBe(1);
    const next = results.next();
    abort.abort();
    expect((await next).done).toBe(true);
  });

  it('passes on what its inputs throw', async () => {
    const inputs = async function* () {
      yield 1;
      throw new Error('no more');
    };
    const take = async () => {
      for await (const _ of inParallel(inputs(), 8, async (i) => i, never));
    };
    await expect(take()).rejects.toThrow('no more');
  });
});

describe('ByteBudget', () => {
  it('gives in the order of asking, and more than it has when nothing else is held', async () => {
    const budget = new ByteBudget(10);
    const given: string[] = [];
    const take = async (name: string, bytes: number) => {
      const giveBack = await budget.take(bytes);
      given.push(name);
      return giveBack;
    };
    const first = await take('first', 6);
    const large = take('large', 100);
    const small = take('small', 1);
    await turn();
    expect(given).toEqual(['first']);
    first();
    first();
    const giveLargeBack = await large;
    await turn();
    expect(given).toEqual(['first', 'large']);
    giveLargeBack();
    await small;
    expect(given).toEqual(['first', 'large', 'small']);
  });
});
