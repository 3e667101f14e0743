// Makes a fresh checkout ready: installs the locked packages and builds every room, each only when it is out of date.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url).pathname;
const installedLock = `${root}node_modules/.package-lock.json`;
const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

/** True when every package of the lock file that is meant for this platform is installed at its locked version. */
function isInstalled() {
  if (!existsSync(installedLock)) return false;
  const wanted = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')).packages;
  const found = JSON.parse(readFileSync(installedLock, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === '' ||
      entry.optional ||
      entry.peer ||
      entry.link ||
      !path.startsWith('node_modules/') ||
      found[path]?.version === entry.version,
  );
}

if (!isInstalled()) run('npm', ['ci', '--no-audit', '--no-fund']);
run('npx', ['--no-install', 'tsc', '-b']);
