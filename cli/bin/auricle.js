#!/usr/bin/env node
// Stands in for dist/main.js, which a fresh checkout has not built yet when npm links its commands.
import process from 'node:process';

/** glibc gives the memory of big tensors back to the system after each operator, and fetching fresh pages for the next ones costs a
 *  tenth of a training step. That can only be changed before a process starts, so this one replaces itself where Node can (22.15 on). */
const KEEP_PAGES = {
  MALLOC_MMAP_THRESHOLD_: '8589934592',
  MALLOC_TRIM_THRESHOLD_: '17179869184',
  MALLOC_ARENA_MAX: '1',
};
const [, script, command] = process.argv;
if (command === 'train' && process.platform === 'linux' && process.execve && !('MALLOC_ARENA_MAX' in process.env)) {
  process.removeAllListeners('warning');
  process.execve(process.execPath, [process.execPath, ...process.execArgv, script, ...process.argv.slice(2)], {
    ...process.env,
    ...KEEP_PAGES,
  });
}
await import('../dist/main.js');
