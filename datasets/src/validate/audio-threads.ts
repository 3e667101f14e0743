/** Lines of manifests go in, the facts of their audio come out, decoded on threads. */
import { Piscina } from 'piscina';
import { resolvePath } from '../manifest.js';
import type { AudioAnswer, AudioTask } from './audio-worker.js';
import { reasonOf } from './reason.js';

export interface AudioThreads {
  /** A file that brings its thread down is answered like any other bad file. */
  inspect(task: AudioTask): Promise<AudioAnswer>;
  close(): Promise<void>;
}

export function startAudioThreads(threads: number): AudioThreads {
  const pool = new Piscina({
    filename: new URL('./audio-worker.js', import.meta.url).href,
    minThreads: threads,
    maxThreads: threads,
  });
  // Of a thread that fails after its answer: it is replaced, and no line hangs on it.
  pool.on('error', () => undefined);
  return {
    inspect: (task) =>
      (pool.run(task) as Promise<AudioAnswer>).catch((error: unknown) => ({
        reason: reasonOf(error, resolvePath(task.manifestPath, task.recording)),
      })),
    close: () => pool.destroy(),
  };
}
