/** Events of many senders go in, whether each is still within its rate comes out. */

export interface Rate {
  /** events a second that a sender may have for long */
  perSecond: number;
  /** and at once */
  burst: number;
}

/** Senders remembered at a time, so that a flood from many addresses takes no memory. */
const MOST_SENDERS = 50_000;

interface Bucket {
  left: number;
  at: number;
}

/** One token bucket a sender. Of too many senders the one heard of longest ago is forgotten. */
export class TokenBuckets {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly rate: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Takes one from the sender's bucket. */
  take(sender: string): boolean {
    const bucket = this.filled(sender);
    this.buckets.delete(sender);
    this.buckets.set(sender, bucket);
    if (this.buckets.size > MOST_SENDERS) this.buckets.delete(this.buckets.keys().next().value!);
    if (bucket.left < 1) return false;
    bucket.left--;
    return true;
  }

  private filled(sender: string): Bucket {
    const { perSecond, burst } = this.rate;
    const now = this.now();
    const { left, at } = this.buckets.get(sender) ?? { left: burst, at: now };
    return { left: Math.min(burst, left + ((now - at) / 1000) * perSecond), at: now };
  }
}
