/** The number of processes goes in, callers in them come out: started one by one, each report of theirs handed on. */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { cliError } from '../errors.js';
import type { CallerReport, CallerSetup, ToCallers } from './caller-messages.js';

export interface PoolTotals {
  /** streams open */
  open: number;
  /** callers that are not done */
  callers: number;
  /** processor time of all processes, ms */
  processorMs: number;
}

export class CallerPool {
  private readonly children: ChildProcess[];
  private readonly latest: CallerReport[] = [];
  /** reports of each */
  private readonly counts: number[];
  private readonly news = new EventEmitter();
  private next = 0;
  private failure: Error | undefined;
  private isClosing = false;

  constructor(
    processes: number,
    setup: CallerSetup,
    private readonly onReport: (report: CallerReport) => void,
  ) {
    this.counts = Array.from({ length: processes }, () => 0);
    this.children = Array.from({ length: processes }, (_, i) => {
      const child = fork(new URL('./caller-process.js', import.meta.url));
      child.on('message', (report: CallerReport) => {
        this.latest[i] = report;
        this.counts[i]++;
        this.onReport(report);
        this.news.emit('news');
      });
      child.on('exit', (code, signal) => {
        if (!this.isClosing) this.failure = cliError('AUR_LOAD_CALLERS', { reason: signal ?? `exit code ${code}` });
        this.news.emit('news');
      });
      child.send({ type: 'setup', setup } satisfies ToCallers);
      return child;
    });
  }

  /** By the last report of each process.
   *  @throws AUR_LOAD_CALLERS when a process has ended */
  get totals(): PoolTotals {
    if (this.failure) throw this.failure;
    const sum = (pick: (report: CallerReport) => number) => this.latest.reduce((all, report) => all + pick(report), 0);
    return { open: sum((r) => r.open), callers: sum((r) => r.callers), processorMs: sum((r) => r.processorMs) };
  }

  /** One more caller, in the process whose turn it is. */
  start(recording: number, type: 'start' | 'once' = 'start'): void {
    this.children[this.next++ % this.children.length].send({ type, recording } satisfies ToCallers);
  }

  tell(message: ToCallers): void {
    for (const child of this.children) child.send(message);
  }

  /** Resolves after the next report of every process.
   *  @throws AUR_LOAD_CALLERS */
  async reported(): Promise<void> {
    const seen = [...this.counts];
    while (this.counts.some((count, i) => count === seen[i])) {
      if (this.failure) throw this.failure;
      await once(this.news, 'news');
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await Promise.all(
      this.children.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exited = once(child, 'exit');
        child.disconnect();
        await exited;
      }),
    );
  }
}
