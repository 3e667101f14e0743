/** Nothing goes in; the foreign clients that tests/conformance runs come out in .cache/clients: `node scripts/setup-clients.mjs`. Needs Python 3 and pip. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['vosk==0.3.45', 'sherpa-onnx-bin==2.0.1', 'schemathesis==4.32.5'];
const folder = fileURLToPath(new URL('../.cache/clients', import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });

run('python3', '-m', 'venv', folder);
run(`${folder}/bin/pip`, 'install', '--quiet', ...PACKAGES);
