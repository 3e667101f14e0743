/** Results go in as they come, one reader takes them by iteration. */
import { type Deferred, deferred } from './deferred.js';

export class ResultQueue<T> implements AsyncIterable<T> {
  private readonly waitingResults: T[] = [];
  private outcome: { error?: unknown } | undefined;
  private waiting: Deferred<void> | undefined;

  /** Whether nothing comes any more. */
  get isOver(): boolean {
    return this.outcome !== undefined;
  }

  push(result: T): void {
    if (this.outcome) return;
    this.waitingResults.push(result);
    this.wake();
  }

  end(): void {
    this.outcome ??= {};
    this.wake();
  }

  /** The reader gets what came before, then the error. */
  fail(error: unknown): void {
    this.outcome ??= { error };
    this.wake();
  }

  /** @returns undefined at the end
   *  @throws what `fail` was given */
  async next(): Promise<T | undefined> {
    for (;;) {
      const result = this.waitingResults.shift();
      if (result !== undefined) return result;
      if (this.outcome?.error) throw this.outcome.error;
      if (this.outcome) return undefined;
      this.waiting ??= deferred<void>();
      await this.waiting.promise;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (let result = await this.next(); result !== undefined; result = await this.next()) yield result;
  }

  private wake(): void {
    this.waiting?.resolve();
    this.waiting = undefined;
  }
}
