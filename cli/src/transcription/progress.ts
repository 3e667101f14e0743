/** How far each recording is goes in; bars on a terminal, plain lines elsewhere come out: on standard error, for the texts have the other. */
import { MultiBar, type SingleBar } from 'cli-progress';

/** Of plain lines, ms. */
const LINE_EVERY = 1000;
/** Bars of single recordings beside the one of all. */
const MOST_BARS = 16;
const NAME_WIDTH = 40;

export interface FileProgress {
  title: string;
  bytes: number;
}

export class BatchProgress {
  private readonly bars: MultiBar | undefined;
  private readonly overall: SingleBar | undefined;
  private readonly single = new Map<string, SingleBar>();
  private readonly parts = new Map<string, number>();
  private doneBytes = 0;
  private done = 0;
  private audioSeconds = 0;
  private lastLine = 0;
  private readonly begun = performance.now();

  /** @param totalBytes of all recordings, by which the time left is told; undefined where more may come */
  constructor(
    private readonly total: { files: number; bytes: number } | undefined,
    private readonly stream: NodeJS.WriteStream,
  ) {
    if (!stream.isTTY || !total) return;
    const format = '{bar} {percentage}% {name}';
    this.bars = new MultiBar({ format, stream, hideCursor: true, clearOnComplete: true, barsize: 24 });
    this.overall = this.bars.create(1, 0, { name: '' });
  }

  /** @param part of the recording that is through, 0 to 1 */
  update({ title, bytes }: FileProgress, part: number): void {
    this.parts.set(title, part * bytes);
    if (!this.bars) return;
    let bar = this.single.get(title);
    if (!bar && this.single.size < MOST_BARS) {
      bar = this.bars.create(1, 0, { name: shortened(title) });
      this.single.set(title, bar);
    }
    bar?.update(part);
    this.draw();
  }

  /** @param audioSeconds 0 of one that failed or was done before */
  finish({ title, bytes }: FileProgress, audioSeconds: number, isLineDue = true): void {
    this.done++;
    this.doneBytes += bytes;
    this.audioSeconds += audioSeconds;
    this.parts.delete(title);
    const bar = this.single.get(title);
    if (bar) this.bars?.remove(bar);
    this.single.delete(title);
    this.draw();
    if (this.bars || !isLineDue || (this.total?.files ?? 2) < 2) return;
    const now = performance.now();
    const isLast = this.done === this.total?.files;
    if (!isLast && now - this.lastLine < LINE_EVERY) return;
    this.lastLine = now;
    this.stream.write(`${this.summary()}, last ${printable(title)}\n`);
  }

  stop(): void {
    this.bars?.stop();
  }

  /** `12 of 340 recordings, 410x real time, 0:03:12 left` */
  summary(): string {
    const of = this.total ? ` of ${this.total.files}` : '';
    const seconds = (performance.now() - this.begun) / 1000;
    const speed = `${(this.audioSeconds / seconds).toFixed(0)}x real time`;
    const left = this.secondsLeft();
    return `${this.done}${of} recordings, ${speed}${left === undefined ? '' : `, ${clock(left)} left`}`;
  }

  private secondsLeft(): number | undefined {
    if (!this.total || this.done === this.total.files) return undefined;
    const through = this.through();
    if (through === 0) return undefined;
    return ((performance.now() - this.begun) / 1000) * (this.total.bytes / through - 1);
  }

  private through(): number {
    let bytes = this.doneBytes;
    for (const part of this.parts.values()) bytes += part;
    return bytes;
  }

  private draw(): void {
    this.overall?.update(this.through() / Math.max(1, this.total!.bytes), { name: this.summary() });
  }
}

/** A name must not move the cursor or make lines of its own. */
export const printable = (name: string): string =>
  name.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );

const shortened = (name: string) => {
  const characters = [...printable(name)];
  return characters.length <= NAME_WIDTH ? characters.join('') : `…${characters.slice(1 - NAME_WIDTH).join('')}`;
};

export const clock = (seconds: number) => {
  const whole = Math.round(seconds);
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two((whole / 60) % 60)}:${two(whole % 60)}`;
};
