/** A run's folder goes in, a lock on it and a metrics log come out: two processes never train in one folder. */
import { appendFile, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { trainingError } from '../errors.js';

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Claims the folder for this process; a lock left by a dead one is taken over.
 *  @returns gives it back
 *  @throws AUR_TRAIN_RUN_BUSY naming the other process */
export async function lockRunFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'lock');
  const claim = async () => {
    const file = await open(path, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
  };
  try {
    await claim();
  } catch {
    const pid = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (pid !== process.pid && pid > 0 && isAlive(pid)) throw trainingError('AUR_TRAIN_RUN_BUSY', { folder, pid });
    await rm(path, { force: true });
    await claim();
  }
  return () => rm(path, { force: true });
}

/** Appends one record to the run's `metrics.jsonl`. */
export const logMetrics = (folder: string, record: Record<string, unknown>) =>
  appendFile(join(folder, 'metrics.jsonl'), `${JSON.stringify(record)}\n`);
