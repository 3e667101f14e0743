/** A run's folder goes in, a lock on it comes out: two processes never train in one folder. */
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { trainingError } from '../errors.js';

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The process that a lock names. Its maker writes into the file after making it, so an empty lock gets a moment.
 *  @returns 0 when it names none */
async function lockHolder(path: string): Promise<number> {
  for (let look = 0; look < 20; look++) {
    const text = await readFile(path, 'utf8').catch(() => '0');
    if (text !== '') return Number(text);
    await pause(10);
  }
  return 0;
}

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
    const pid = await lockHolder(path);
    if (pid !== process.pid && pid > 0 && isAlive(pid)) throw trainingError('AUR_TRAIN_RUN_BUSY', { folder, pid });
    await rm(path, { force: true });
    await claim();
  }
  return () => rm(path, { force: true });
}
