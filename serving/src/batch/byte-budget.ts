/** How much memory may be held at a time goes in; whoever takes a part of it waits until there is room. */
import { type Deferred, deferred } from '../deferred.js';

export class ByteBudget {
  private held = 0;
  private readonly waiting: { bytes: number; turn: Deferred<void> }[] = [];

  constructor(private readonly most: number) {}

  /** In the order of asking. More than there is in all is given when nothing else is held.
   *  @returns gives it back */
  async take(bytes: number): Promise<() => void> {
    const wanted = Math.min(bytes, this.most);
    if (this.waiting.length > 0 || this.held + wanted > this.most) {
      const turn = deferred<void>();
      this.waiting.push({ bytes: wanted, turn });
      await turn.promise;
    } else this.held += wanted;
    let isGiven = false;
    return () => {
      if (isGiven) return;
      isGiven = true;
      this.held -= wanted;
      this.wake();
    };
  }

  private wake(): void {
    for (let first = this.waiting[0]; first && this.held + first.bytes <= this.most; first = this.waiting[0]) {
      this.waiting.shift();
      this.held += first.bytes;
      first.turn.resolve();
    }
  }
}
