import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';

const AURICLE = join(import.meta.dirname, '../../cli/bin/auricle.js');
const SHOW = 'data:text/javascript,console.log("arenas: " + process.env.MALLOC_ARENA_MAX)';

/** What each process that a command becomes finds in its environment. */
function arenasSeenBy(command: string, env: NodeJS.ProcessEnv): string[] {
  const { MALLOC_ARENA_MAX: _, ...rest } = { ...process.env, ...env } as NodeJS.ProcessEnv;
  const output = execFileSync(process.execPath, ['--import', SHOW, AURICLE, command, '--help'], {
    encoding: 'utf8',
    env: { ...rest, ...env },
  });
  expect(output).toContain(`Usage: auricle ${command}`);
  return output.split('\n').filter((line) => line.startsWith('arenas: '));
}
const canReplaceItself = process.platform === 'linux' && 'execve' in process;

it('lets training keep its memory, where Node lets a process replace itself, and leaves other commands alone', () => {
  const changed = canReplaceItself ? ['arenas: 1'] : [];
  expect(arenasSeenBy('train', {})).toEqual(['arenas: undefined', ...changed]);
  expect(arenasSeenBy('serve', {})).toEqual(['arenas: undefined']);
});

it('leaves what the user has set', () => {
  expect(arenasSeenBy('train', { MALLOC_ARENA_MAX: '4' })).toEqual(['arenas: 4']);
});
