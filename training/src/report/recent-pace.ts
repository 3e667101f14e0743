/** Train events go in, what the newest steps tell comes out: loss, speed and the time that is left. */
import type { TrainEvent } from '../loop/events.js';

/** Share of the past that is kept at each step: figures follow the last fifty steps or so. */
const KEPT = 0.98;

/** Follows one run from its `start` event. */
export class RecentPace {
  private totalSteps = 0;
  private epochs = 0;
  private step = 0;
  private epoch = 0;
  /** of the latest evaluation */
  private evaluationMs = 0;
  private tookMs = 0;
  private audioMs = 0;
  private stepsTaken = 0;
  private lossSum = 0;
  private lossSteps = 0;

  add(event: TrainEvent): void {
    if (event.kind === 'start') [this.totalSteps, this.epochs, this.step] = [event.steps, event.epochs, event.step];
    else if (event.kind === 'step') this.addStep(event);
    else if (event.kind === 'epoch') [this.epoch, this.evaluationMs] = [event.epoch, event.evaluationMs];
  }

  private addStep({ step, epoch, tookMs, speed, loss, applied }: Extract<TrainEvent, { kind: 'step' }>): void {
    this.tookMs = KEPT * this.tookMs + tookMs;
    this.audioMs = KEPT * this.audioMs + speed * tookMs;
    // A step that is not applied takes time and brings the run no further.
    this.stepsTaken = KEPT * this.stepsTaken + (applied ? 1 : 0);
    if (applied) {
      this.lossSum = KEPT * this.lossSum + loss;
      this.lossSteps = KEPT * this.lossSteps + 1;
    }
    [this.step, this.epoch] = [step, epoch];
  }

  /** in nats a token; NaN before the first step */
  get loss(): number {
    return this.lossSum / this.lossSteps;
  }

  /** seconds of audio a second; NaN before the first step */
  get speed(): number {
    return this.audioMs / this.tookMs;
  }

  /** Evaluations at the ends of epochs included, once one was timed; undefined before the first step. */
  get secondsLeft(): number | undefined {
    if (this.stepsTaken === 0) return undefined;
    const steps = Math.max(0, this.totalSteps - this.step) * (this.tookMs / this.stepsTaken);
    const evaluations = Math.max(0, this.epochs - this.epoch) * this.evaluationMs;
    return (steps + evaluations) / 1000;
  }
}

/** As `1:02:03` or `2:03`, and `-` where it is not known. */
export function formatSeconds(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return '-';
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
