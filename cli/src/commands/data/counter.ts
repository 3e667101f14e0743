/** How far a command is goes in, one line that is drawn anew on a terminal comes out; nothing elsewhere. */
import { SingleBar } from 'cli-progress';

export interface Counter {
  show(done: number, total: number, figures: Record<string, string | number>): void;
  stop(): void;
}

/** @param format of cli-progress */
export function counter(format: string): Counter {
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true });
  let isDrawn = false;
  return {
    show(done, total, figures) {
      if (!process.stderr.isTTY) return;
      if (isDrawn) bar.update(done, figures);
      else bar.start(total, done, figures);
      isDrawn = true;
    },
    stop() {
      if (isDrawn) bar.stop();
    },
  };
}
