import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockRunFolder } from '@auricle/training/loop/run-folder';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'auricle-run-')), 'deep', 'run');
});
afterEach(() => rm(join(folder, '../..'), { recursive: true, force: true }));

const lockedBy = async (content: string | number) => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'lock'), String(content));
};
const lock = () => readFile(join(folder, 'lock'), 'utf8');

describe('the lock of a run folder', () => {
  it('makes the folder, names this process and goes when it is given back', async () => {
    const unlock = await lockRunFolder(folder);
    expect(await lock()).toBe(String(process.pid));
    await unlock();
    expect(await readdir(folder)).toEqual([]);
  });

  it('keeps out another process while that lives', async () => {
    // This process's parent waits for it.
    await lockedBy(process.ppid);
    await expect(lockRunFolder(folder)).rejects.toMatchObject({
      code: 'AUR_TRAIN_RUN_BUSY',
      message: expect.stringContaining(`process ${process.ppid} `),
    });
    expect(await lock()).toBe(String(process.ppid));
  });

  it('is taken over from a process that is dead', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await lockedBy(pid);
    await lockRunFolder(folder);
    expect(await lock()).toBe(String(process.pid));
  });

  it('is taken over where it names no process: its maker died before writing', async () => {
    await lockedBy('');
    await lockRunFolder(folder);
    expect(await lock()).toBe(String(process.pid));
  });

  it('gives another process the moment between making the lock and writing into it', async () => {
    await lockedBy('');
    const claimed = lockRunFolder(folder);
    await lockedBy(process.ppid);
    await expect(claimed).rejects.toMatchObject({ code: 'AUR_TRAIN_RUN_BUSY' });
  });
});
