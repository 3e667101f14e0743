// Installs TensorFlow's package for Node, which the training engine `tensorflow` uses: `npm run setup:tensorflow [-- --gpu] [-- --from-wheel]`.
// It goes into .cache/tensorflow, apart from the locked packages, so that nobody who does not ask for it carries its gigabyte.
// First the vendor's own installer (TensorFlow 2.9; GPUs up to CUDA 11.2). Where that does not get its binaries, or they do not see the
// machine's GPU, TensorFlow 2.21 from its Python wheel, against which the binding is then built (needs python3, make and a C++ compiler).
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const VERSION = '4.22.0';
const NODE_GYP = '11';
const TENSORFLOW = '2.21.0';
const INSTALLER_MINUTES = 15;

const { values } = parseArgs({ options: { gpu: { type: 'boolean' }, 'from-wheel': { type: 'boolean' } } });
const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache/tensorflow');
const name = values.gpu ? 'tfjs-node-gpu' : 'tfjs-node';
const home = join(folder, 'node_modules/@tensorflow', name);
const wantsGpu = values.gpu && spawnSync('nvidia-smi', ['-L']).status === 0;

if (!isSound()) install();
console.log(
  `TensorFlow is ready${values.gpu && !wantsGpu ? ', though this machine has no GPU' : ''}: engine.kind=tensorflow`,
);

function install() {
  rmSync(join(folder, 'node_modules'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run(
    'npm',
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      `@tensorflow/${name}@${VERSION}`,
      `node-gyp@${NODE_GYP}`,
    ],
    folder,
  );
  // The process must have one TF.js only: ours, which Node finds further up.
  for (const other of readdirSync(dirname(home)))
    if (other !== name) rmSync(join(dirname(home), other), { recursive: true });

  if (!values['from-wheel']) {
    console.log("trying the vendor's installer");
    const bin = join(folder, 'node_modules/.bin');
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const script = ['scripts/install.js', ...(values.gpu ? ['gpu', 'download'] : [])];
    const { status } = spawnSync(process.execPath, script, {
      cwd: home,
      env,
      stdio: 'inherit',
      timeout: INSTALLER_MINUTES * 60_000,
    });
    if (status === 0 && isSound()) return;
    console.log(
      `it did not bring a TensorFlow that ${wantsGpu ? "sees this machine's GPU" : 'loads'}; taking the one from the Python wheel`,
    );
  }
  if (process.platform !== 'linux') fail('the wheel is for Linux only');
  buildAgainstWheel();
  if (!isSound())
    fail(`TensorFlow ${TENSORFLOW} from the wheel does not ${wantsGpu ? "see this machine's GPU" : 'load'}`);
}

function buildAgainstWheel() {
  const python = join(folder, 'python');
  run('python3', ['-m', 'venv', '--clear', python]);
  const pip = [join(python, 'bin/pip'), ['install', '--quiet']];
  // With CUDA come NVIDIA's libraries; the CPU's wheel needs none of its dependencies, which are for Python.
  if (values.gpu) run(pip[0], [...pip[1], `tensorflow[and-cuda]==${TENSORFLOW}`]);
  else run(pip[0], [...pip[1], '--no-deps', `tensorflow-cpu==${TENSORFLOW}`]);
  const [version] = readdirSync(join(python, 'lib'));
  const wheel = join(python, 'lib', version, 'site-packages/tensorflow');

  const deps = join(home, 'deps');
  rmSync(deps, { recursive: true, force: true });
  mkdirSync(join(deps, 'lib'), { recursive: true });
  symlinkSync(join(wheel, 'include'), join(deps, 'include'));
  symlinkSync(join(wheel, 'libtensorflow_cc.so.2'), join(deps, 'lib/libtensorflow.so'));
  symlinkSync(join(wheel, 'libtensorflow_framework.so.2'), join(deps, 'lib/libtensorflow_framework.so'));
  // These links are for the linker alone: TensorFlow finds NVIDIA's libraries relative to where it was loaded from.
  const env = { ...process.env, LDFLAGS: `-Wl,-rpath,${wheel}` };
  const gyp = join(folder, 'node_modules/node-gyp/bin/node-gyp.js');
  // The headers that came with Node, if any; else node-gyp fetches them.
  const prefix = join(dirname(process.execPath), '..');
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const target = ['--module_name=tfjs_binding', `--module_path=${join(home, 'lib/napi-v8')}`, '--napi_build_version=8'];
  run(process.execPath, [gyp, 'configure', 'build', '--silent', ...headers, ...target], home, env);
}

/** Whether the package loads, in a process of its own: a broken library would end this one. */
function isSound() {
  if (!existsSync(home)) return false;
  const engine = join(root, 'training/dist/engine/tensorflow-package.js');
  const code = `const { loadTensorflow } = await import(${JSON.stringify(engine)}); loadTensorflow('${wantsGpu ? 'cuda' : 'cpu'}'); process.exit(0)`;
  return (
    spawnSync(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'inherit', 'pipe'] })
      .status === 0
  );
}

function run(command, args, cwd = folder, env = process.env) {
  execFileSync(command, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
}

function fail(reason) {
  console.error(`setup:tensorflow: ${reason}`);
  process.exit(1);
}
