// Installs the converters of scripts/convert-model.mjs, apart from the locked packages: `npm run setup:converters` for TensorFlow Lite and SavedModel into
// .cache/converters/tensorflow (2 GB), `npm run setup:converters -- --torch` for TorchScript into .cache/converters/torch (6 GB on Linux, most of it
// CUDA, which PyPI's PyTorch asks for). Needs Python from 3.10 to 3.12 with venv and pip. Nothing else of Auricle needs them.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const PACKAGES = { tensorflow: ['onnx2tf==1.29.24'], torch: ['onnx2torch==1.5.15', 'torch==2.15.0'] };

const { values } = parseArgs({ options: { torch: { type: 'boolean' } } });
const kind = values.torch ? 'torch' : 'tensorflow';
const folder = join(import.meta.dirname, '../.cache/converters', kind);
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });

run(process.env.AURICLE_PYTHON ?? 'python3', '-m', 'venv', folder);
run(join(folder, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES[kind]);
