/** Audio and what is to happen after it go in as they come; both are done in that order, however long decoding takes. */
import type { AudioIntake } from './intake.js';

type Work = () => Promise<void> | void;

export class IntakeQueue {
  private tail: Promise<void> | undefined;
  private waiting = 0;
  private hasFailed = false;

  /** @param onError the first failure; nothing is done after it */
  constructor(
    private readonly intake: AudioIntake,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Bytes that are not through yet. */
  get pendingBytes(): number {
    return this.waiting;
  }

  push(bytes: Uint8Array): void {
    this.waiting += bytes.length;
    this.after(() => this.intake.push(bytes), bytes.length);
  }

  /** The end of the audio. */
  end(): void {
    this.after(() => this.intake.end());
  }

  /** Does something when all audio so far is through: at once where nothing waits. */
  after(work: Work, bytes = 0): void {
    const begun = this.tail ? this.tail.then(() => this.run(work)) : this.run(work);
    if (!begun) {
      this.waiting -= bytes;
      return;
    }
    const mine: Promise<void> = begun
      .catch((error) => this.fail(error))
      .then(() => {
        this.waiting -= bytes;
        if (this.tail === mine) this.tail = undefined;
      });
    this.tail = mine;
  }

  /** Resolves when less than half of `limit` bytes wait. */
  async drained(limit: number): Promise<void> {
    while (this.tail && this.waiting > limit / 2) await this.tail;
  }

  private run(work: Work): Promise<void> | undefined {
    if (this.hasFailed) return undefined;
    try {
      return work() ?? undefined;
    } catch (error) {
      this.fail(error);
      return undefined;
    }
  }

  private fail(error: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    this.onError(error);
  }
}
