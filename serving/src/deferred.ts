/** A promise with its two ends in hand, until Node 20 is no longer supported and `Promise.withResolvers` does it. */

export interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
}

export function deferred<T>(): Deferred<T> {
  const ends = {} as Deferred<T>;
  ends.promise = new Promise<T>((resolve, reject) => {
    ends.resolve = resolve;
    ends.reject = reject;
  });
  return ends;
}
