/** Streams and audio of each API key go in, counters come out: what is open now, what was used today, what in all since the start. */

export interface Usage {
  openStreams: number;
  streams: number;
  refused: number;
  audioSeconds: number;
  /** since midnight UTC */
  audioSecondsToday: number;
}

const DAY_MS = 86_400_000;

export class UsageCounters {
  private readonly byKey = new Map<string, Usage>();
  private day = 0;

  constructor(private readonly now: () => number = Date.now) {}

  of(keyName: string): Usage {
    const day = Math.floor(this.now() / DAY_MS);
    if (day !== this.day) {
      this.day = day;
      for (const usage of this.byKey.values()) usage.audioSecondsToday = 0;
    }
    let usage = this.byKey.get(keyName);
    if (!usage) {
      usage = { openStreams: 0, streams: 0, refused: 0, audioSeconds: 0, audioSecondsToday: 0 };
      this.byKey.set(keyName, usage);
    }
    return usage;
  }

  all(): ReadonlyMap<string, Readonly<Usage>> {
    return this.byKey;
  }
}
