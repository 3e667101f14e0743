/** Train events go in, one progress bar on a terminal comes out; elsewhere a line an epoch, and one now and then between. */
import { join } from 'node:path';
import type { TrainEvent } from '@auricle/training';
import { formatSeconds, RecentPace } from '@auricle/training/report/recent-pace';
import { SingleBar } from 'cli-progress';

/** Between lines where there is no terminal. */
const LINE_MINUTES = 5;

const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
const orDash = (value: number, digits: number) => (Number.isNaN(value) ? '-' : value.toFixed(digits));

export interface ProgressOutput {
  /** gets the bar */
  stream: NodeJS.WriteStream;
  /** writes a line of text */
  print: (line: string) => void;
  /** milliseconds of a clock that never goes back */
  now: () => number;
}

const consoleOutput: ProgressOutput = { stream: process.stderr, print: console.log, now: () => performance.now() };

/** Shows one run in `folder`. */
export class TrainingProgress {
  private readonly bar: SingleBar | undefined;
  private readonly pace = new RecentPace();
  private steps = 0;
  private errorRate = '-';
  private printedAt: number;

  constructor(
    private readonly folder: string,
    private readonly output = consoleOutput,
  ) {
    const { stream } = output;
    this.printedAt = output.now();
    if (stream.isTTY)
      this.bar = new SingleBar({
        format:
          '{bar} {percentage}% | step {value}/{total} | loss {loss} | dev WER {wer} | {speed}x real time | {left} left',
        stream,
      });
  }

  show(event: TrainEvent): void {
    this.pace.add(event);
    switch (event.kind) {
      case 'start':
        this.begin(event);
        break;
      case 'step':
        if (this.bar) this.bar.update(event.step, this.figures);
        else if (this.output.now() - this.printedAt >= LINE_MINUTES * 60_000) this.printLine(this.whereAt(event.step));
        break;
      case 'epoch': {
        this.errorRate = percent(event.wordErrorRate);
        this.bar?.update(event.step, this.figures);
        const { exact, utterances, best } = event;
        if (!this.bar)
          this.printLine(
            `epoch ${event.epoch}, ${this.whereAt(event.step)}, ${exact} of ${utterances} exact${best ? ', best' : ''}`,
          );
        break;
      }
      case 'warning':
        this.printLine(`warning: ${event.code}: ${event.message}`);
        break;
      case 'unsaved':
        this.printLine(`warning: step ${event.step} is not saved, training goes on: ${event.reason}`);
        break;
      case 'averaged':
        this.printLine(
          `mean of the weights after epochs ${event.epochs.join(', ')}: dev WER ${percent(event.wordErrorRate)}${event.kept ? ', best' : ', not kept'}`,
        );
        break;
      case 'done':
        this.end();
        if (event.stoppedEarly) this.output.print('stopped early: the dev WER does not improve any more');
        this.output.print(
          `best dev WER ${percent(event.bestErrorRate)}: ${join(this.folder, 'checkpoints', 'best.safetensors')}`,
        );
    }
  }

  private begin(event: Extract<TrainEvent, { kind: 'start' }>): void {
    const { parameters, trainSeconds, steps, step, shapes, leftOut, bestErrorRate } = event;
    const { print } = this.output;
    print(
      `${(parameters / 1e6).toFixed(2)}M parameters, ${(trainSeconds / 3600).toFixed(2)} h of audio, ${steps} steps, ${shapes.length} batch shapes`,
    );
    for (const [code, count] of Object.entries(leftOut)) print(`left out: ${count} utterances, ${code}`);
    print(`watch it in a browser: ${join(this.folder, 'run.html')}`);
    if (step > 0) print(`goes on from step ${step}`);
    this.steps = steps;
    if (bestErrorRate !== null) this.errorRate = `${percent(bestErrorRate)} (best)`;
    this.bar?.start(steps, step, this.figures);
  }

  private get figures() {
    const { loss, speed, secondsLeft } = this.pace;
    return { loss: orDash(loss, 3), wer: this.errorRate, speed: orDash(speed, 0), left: formatSeconds(secondsLeft) };
  }

  private whereAt(step: number): string {
    const { loss, wer, speed, left } = this.figures;
    return `step ${step}/${this.steps}: loss ${loss}, dev WER ${wer}, ${speed}x real time, ${left} left`;
  }

  /** Above the bar where there is one. */
  private printLine(line: string): void {
    this.printedAt = this.output.now();
    if (this.bar?.isActive) {
      this.output.stream.write('\r\x1b[K');
      this.output.print(line);
      this.bar.render();
    } else this.output.print(line);
  }

  /** Leaves the bar as it stands, so that what is printed next has a line of its own. */
  end(): void {
    if (this.bar?.isActive) this.bar.stop();
  }
}
