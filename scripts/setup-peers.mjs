// Installs the peers that `npm run bench` measures us beside, apart from the locked packages: `npm run setup:peers` puts those of PyPI into a Python
// environment in .cache/peers/python and those of npm into .cache/peers/node_modules (0.2 GB); `npm run setup:peers -- torch` adds PyTorch, for the training
// step alone (6 GB on Linux, most of it CUDA, which PyPI's PyTorch asks for). Needs Python from 3.10 with venv and pip, and a C++ compiler and
// CMake for KenLM's bindings, which pyctcdecode reads language models with. Nothing else of Auricle needs them.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const PYPI = [
  'kaldi-native-fbank==1.23.0',
  'pyctcdecode==0.5.0',
  'kenlm==0.3.0',
  'sherpa-onnx-bin==2.0.1',
  'pocketsphinx==5.1.1',
];
const NPM = ['@alexanderolsen/libsamplerate-js@2.1.2'];
const ON_REQUEST = { torch: 'torch==2.15.0' };

const further = process.argv.slice(2).map((name) => {
  if (!(name in ON_REQUEST)) throw new Error(`${name}: expected ${Object.keys(ON_REQUEST).join(', ')} or nothing`);
  return ON_REQUEST[name];
});
const folder = join(import.meta.dirname, '../.cache/peers');
const environment = join(folder, 'python');
const run = (program, ...args) => execFileSync(program, args, { stdio: 'inherit' });

if (!existsSync(environment)) run('python3', '-m', 'venv', environment);
run(join(environment, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', ...PYPI, ...further);
run('npm', 'install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', ...NPM);
