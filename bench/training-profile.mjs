// Where the time of a training step goes: `node bench/training-profile.mjs [blocks] [width] [chunk]` (defaults: 9 blocks of 192 channels,
// chunks of 8). Runs the traced gradient of 16 x 12.16 s on one thread with ONNX Runtime's profiler and prints processor time by
// operator, and by module of the network.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel } from '@auricle/bundle/onnx';
import { modelConfigSchema, parameterSpecs, trace } from '@auricle/training';
import { lossAndGradients } from '@auricle/training/engine/step';
import { placedParameters } from '@auricle/training/model/config';
import { initialWeights } from '@auricle/training/model/init';
import * as ort from 'onnxruntime-node';

const [blocks = 9, width = 192, chunk = 8] = process.argv.slice(2).map(Number);
const [rows, frames, slots, vocabulary] = [16, 1216, 60, 64];
const config = modelConfigSchema.parse({ blocks, width });
const spec = { config, vocabulary, features: { mean: new Array(80).fill(-6), deviation: new Array(80).fill(3) } };
const specs = parameterSpecs(spec);
const weights = initialWeights(specs, 1);
const settings = {
  loss: { intermediateWeight: 0, labelSmoothing: 0 },
  regularisation: { dropout: 0, stochasticDepth: 0 },
};
const tensor = (type, data, dims) => new ort.Tensor(type, data, dims);
const feeds = {
  // Each weight is an input of its own, as in the engine.
  ...Object.fromEntries(
    placedParameters(specs).map(({ name, shape, at, end }) => [
      name,
      tensor('float32', weights.subarray(at, end), shape),
    ]),
  ),
  features: tensor(
    'float32',
    Float32Array.from({ length: rows * frames * 80 }, () => 6 * Math.random() - 9),
    [rows, frames, 80],
  ),
  frameLengths: tensor('int32', new Int32Array(rows).fill(frames / 4), [rows]),
  labels: tensor(
    'int32',
    Int32Array.from({ length: rows * slots }, (_, i) => 1 + (i % (vocabulary - 1))),
    [rows, slots],
  ),
  labelLengths: tensor('int32', new Int32Array(rows).fill(slots), [rows]),
  lossScale: tensor('float32', Float32Array.of(1 / (rows * slots)), []),
  consistencyWeight: tensor('float32', Float32Array.of(0), []),
  noise: tensor('float32', new Float32Array(1), [1]),
};
const inputs = Object.fromEntries(
  Object.entries(feeds).map(([name, t]) => [name, { shape: [...t.dims], type: t.type }]),
);
const model = trace('gradient', inputs, (t) => {
  const named = specs.map(({ name }) => t[name]);
  const { loss, losses, gradients } = lossAndGradients(spec, settings, { chunk, views: 1 }, named, t);
  return {
    loss,
    losses,
    ...Object.fromEntries(gradients.map((gradient, i) => [`gradient of ${specs[i].name}`, gradient])),
  };
});
const folder = await mkdtemp(join(tmpdir(), 'auricle-profile-'));
const session = await ort.InferenceSession.create(encodeModel(model), {
  intraOpNumThreads: 1,
  enableCpuMemArena: false,
  enableMemPattern: false,
  enableProfiling: true,
  profileFilePrefix: join(folder, 'step'),
  logSeverityLevel: 3,
});
const RUNS = 3;
for (let i = 0; i < RUNS; i++) await session.run(feeds);
session.endProfiling();
await session.release();
const [file] = await readdir(folder);
const events = JSON.parse(await readFile(join(folder, file), 'utf8'));
await rm(folder, { recursive: true });

const kernels = events.filter((e) => e.cat === 'Node' && e.name.endsWith('_kernel_time'));
// A loop's time holds that of its body.
const inLoops = new Set(kernels.filter((e) => /(^|\/)sweep_\d+\//.test(e.name)));
const outer = kernels.filter((e) => !inLoops.has(e));
const total = outer.reduce((sum, e) => sum + e.dur, 0);
const table = (title, keyOf) => {
  const sums = new Map();
  for (const e of outer) {
    const entry = sums.get(keyOf(e)) ?? { dur: 0, count: 0 };
    entry.dur += e.dur;
    entry.count++;
    sums.set(keyOf(e), entry);
  }
  console.log(`\n${title}`);
  for (const [key, { dur, count }] of [...sums].sort((a, b) => b[1].dur - a[1].dur).slice(0, 24)) {
    const ms = (dur / RUNS / 1000).toFixed(0).padStart(6);
    console.log(
      `${ms} ms ${((100 * dur) / total).toFixed(1).padStart(5)} %  ${String(count / RUNS).padStart(5)}  ${key}`,
    );
  }
};
console.log(`${(total / RUNS / 1e6).toFixed(2)} s of one core a step, ${model.graph.nodes.length} nodes`);
table('operators', (e) => e.args.op_name);
table('operators and shapes of their outputs', (e) => {
  const shapes = (e.args.input_type_shape ?? []).map((s) => Object.values(s)[0].join('x')).join(' ');
  return `${e.args.op_name} ${shapes}`;
});
