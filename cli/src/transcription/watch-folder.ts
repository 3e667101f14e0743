/** A folder goes in; the recordings that lie in it, and those that come or change, come out until the signal ends it. */
import { relative } from 'node:path';
import { isAudioName } from '@auricle/datasets';
import { watch } from 'chokidar';
import { type Recording, recordingAt } from './recordings.js';

/** A recording that has not grown for so long is whole, ms. */
const SETTLED = 2000;

export async function* watchFolder(
  folder: string,
  signal: AbortSignal,
  settledMs = SETTLED,
): AsyncGenerator<Recording> {
  const waiting = new Map<string, Recording>();
  let wake: () => void = () => undefined;
  const watcher = watch(folder, {
    awaitWriteFinish: { stabilityThreshold: settledMs, pollInterval: Math.ceil(settledMs / 4) },
    ignored: (path, stats) => stats?.isFile() === true && !isAudioName(path),
  });
  const add = (path: string) => {
    // One that changes again before its turn has one turn.
    waiting.set(path, recordingAt(path, relative(folder, path)));
    wake();
  };
  watcher.on('add', add).on('change', add);
  // What cannot be watched is told when it is read, or never.
  watcher.on('error', () => undefined);
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      const [next] = waiting.values();
      if (next) {
        waiting.delete(next.file);
        yield next;
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    await watcher.close();
  }
}
