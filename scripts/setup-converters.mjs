// Installs the converters of scripts/convert-model.mjs into .cache/converters, apart from the locked packages: `npm run setup:converters`. Needs Python
// from 3.10 to 3.12 with venv and pip; 3 GB with TensorFlow. Nothing else of Auricle needs it.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PACKAGES = ['onnx2tf==1.29.24'];
const folder = fileURLToPath(new URL('../.cache/converters', import.meta.url));
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });

run(process.env.AURICLE_PYTHON ?? 'python3', '-m', 'venv', folder);
run(`${folder}/bin/pip`, 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES);
