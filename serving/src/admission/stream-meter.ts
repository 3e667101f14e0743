/** The audio of one stream goes in; how much it was, whether it is too much, and how long its sender should wait come out. */
import { setTimeout as delay } from 'node:timers/promises';
import { servingError } from '../errors.js';
import type { Pass } from './admission.js';
import type { AdmissionLimits } from './limits.js';

type MeterLimits = Pick<AdmissionLimits, 'audioRate' | 'audioBurstSeconds' | 'streamSeconds'>;

export class StreamMeter {
  private seconds = 0;
  private readonly started: number;

  /** @param now monotonic ms: a clock that is set must not hold a stream up */
  constructor(
    private readonly limits: MeterLimits,
    private readonly pass: Pick<Pass, 'key' | 'usage'>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.started = now();
  }

  /** @param seconds of audio that came
   *  @throws AUR_LIMIT_LENGTH, AUR_LIMIT_KEY_AUDIO */
  add(seconds: number): void {
    const { streamSeconds } = this.limits;
    if (this.seconds + seconds > streamSeconds) throw servingError('AUR_LIMIT_LENGTH', { seconds: streamSeconds });
    this.seconds += seconds;
    const { key, usage } = this.pass;
    if (!key || !usage) return;
    usage.audioSeconds += seconds;
    usage.audioSecondsToday += seconds;
    const hours = key.limits.audioHoursPerDay;
    if (hours !== undefined && usage.audioSecondsToday > hours * 3600)
      throw servingError('AUR_LIMIT_KEY_AUDIO', { limit: hours });
  }

  /** ms until the audio so far is within the budget: what came at once, and a multiple of the time that has passed */
  get waitMs(): number {
    const { audioRate, audioBurstSeconds } = this.limits;
    const due = ((this.seconds - audioBurstSeconds) / audioRate) * 1000;
    return Math.max(0, due - (this.now() - this.started));
  }

  /** Resolves when more may come. */
  async within(): Promise<void> {
    for (let ms = this.waitMs; ms > 0; ms = this.waitMs) await delay(Math.ceil(ms), undefined, { ref: false });
  }
}
