/** Inputs and what is to be done with each go in, results come out as they are done, a bounded number of them at a time. */
import { deferred } from '../deferred.js';

/** The inputs are taken as there is room, and no more than `most` of them are begun and not yet taken by the caller. A caller that stops early waits
 *  for those that are begun.
 *  @param work does not throw
 *  @param signal ends the waiting, for inputs and for work; nothing comes after it */
export async function* inParallel<Input, Result>(
  inputs: Iterable<Input> | AsyncIterable<Input>,
  most: number,
  work: (input: Input) => Promise<Result>,
  signal: AbortSignal,
): AsyncGenerator<Result> {
  const iterator = iteratorOf(inputs);
  const running = new Set<Promise<() => Result | undefined>>();
  const aborted = deferred<() => undefined>();
  const onAbort = () => aborted.resolve(() => undefined);
  signal.addEventListener('abort', onAbort);
  let next: Promise<() => undefined> | undefined;
  let isOver = false;
  const begin = (input: Input) => {
    const task: Promise<() => Result> = work(input).then((result) => () => {
      running.delete(task);
      return result;
    });
    running.add(task);
  };
  const takeNext = async () => {
    const { value, done } = await iterator.next();
    return () => {
      next = undefined;
      if (done) isOver = true;
      else begin(value);
      return undefined;
    };
  };
  try {
    while (!signal.aborted) {
      if (!next && !isOver && running.size < most) next = takeNext();
      if (!next && running.size === 0) return;
      const take = await Promise.race([aborted.promise, ...(next ? [next] : []), ...running]);
      const result = take();
      if (result !== undefined) yield result;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await Promise.allSettled(running);
    // An input that never comes is not waited for.
    next?.catch(() => undefined);
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

const iteratorOf = <Input>(inputs: Iterable<Input> | AsyncIterable<Input>): AsyncIterator<Input> => {
  if (Symbol.asyncIterator in inputs) return inputs[Symbol.asyncIterator]();
  const iterator = inputs[Symbol.iterator]();
  return {
    next: async () => iterator.next(),
    return: async () => iterator.return?.() ?? { value: undefined, done: true },
  };
};
