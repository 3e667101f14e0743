// Step time of every engine that is installed here, beside each other: `node bench/engines.mjs [sizes] [steps] [engines]`
// (defaults: m,l; 5; all), for example `node bench/engines.mjs m 3 "onnx on cpu,tensorflow on cpu"`.
// Engines take turns step by step, each in a process of its own, so that what else the machine does meets all alike.
// Prints medians of the steps after the first: seconds, x real time at 16 x 12.16 s, and seconds of all cores together, which what else runs
// changes less; and each process's peak memory.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { arch, availableParallelism, cpus } from 'node:os';
import { resourceUsage } from 'node:process';
import {
  createEngine,
  initialState,
  modelConfigSchema,
  parameterCount,
  parameterSpecs,
  requireEngine,
} from '@auricle/training';
import { initialWeights } from '@auricle/training/model/init';
import { compared } from './comparison.mjs';

const [ROWS, FRAMES, CHUNK, LABELS, MEL_BINS] = [16, 1216, 8, 60, 80];
const CHOICES = [
  { kind: 'onnx', provider: 'cpu' },
  { kind: 'onnx', provider: 'webgpu' },
  { kind: 'onnx', provider: 'cuda' },
  { kind: 'tensorflow', provider: 'cpu' },
  { kind: 'tensorflow', provider: 'cuda' },
];

const specOf = (size) => ({
  config: modelConfigSchema.parse({ size }),
  vocabulary: 64,
  features: { mean: new Array(MEL_BINS).fill(-6), deviation: new Array(MEL_BINS).fill(3) },
});

/** The process of one engine: a step and its seconds at each message. */
async function serve({ choice, size }) {
  const spec = specOf(size);
  const settings = {
    seed: 1,
    optimiser: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 5, averageDecay: 0.999 },
    loss: { intermediateWeight: 0, labelSmoothing: 0, consistencyWeight: 0, consistencyWarmup: 0 },
    regularisation: { dropout: 0, stochasticDepth: 0 },
  };
  const engine = await createEngine(choice, spec, settings, initialState(initialWeights(parameterSpecs(spec), 1)));
  const batch = {
    features: Float32Array.from({ length: ROWS * FRAMES * MEL_BINS }, (_, i) => 3 * Math.sin(i * i) - 6),
    frameLengths: new Int32Array(ROWS).fill(FRAMES / 4),
    labels: Int32Array.from({ length: ROWS * LABELS }, (_, i) => 1 + (i % 63)),
    labelLengths: new Int32Array(ROWS).fill(LABELS),
    chunk: CHUNK,
    views: 1,
  };
  process.on('message', async () => {
    const started = performance.now();
    const before = process.cpuUsage();
    const { loss, applied } = await engine.step([batch], 1e-4);
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(before);
    process.send({ seconds, cpu: (user + system) / 1e6, loss, applied, peak: resourceUsage().maxRSS / 1e6 });
  });
  process.send('ready');
}

async function compare(sizes, steps, wanted) {
  console.log(`${cpus()[0].model}, ${availableParallelism()} cores, ${arch()}, node ${process.version}`);
  for (const size of sizes) {
    console.log(
      `\n${size}: ${(parameterCount(parameterSpecs(specOf(size))) / 1e6).toFixed(1)}M parameters, ${ROWS} x ${FRAMES / 100} s`,
    );
    const engines = [];
    for (const choice of CHOICES) {
      const name = `${choice.kind} on ${choice.provider}`;
      if (wanted && !wanted.includes(name)) continue;
      const missing = await requireEngine(choice).then(
        () => undefined,
        (error) => error.message,
      );
      if (missing) {
        console.log(`skipped: ${missing}`);
        continue;
      }
      const child = fork(import.meta.filename, [JSON.stringify({ choice, size })]);
      await once(child, 'message');
      engines.push({ name, child, reports: [] });
    }
    for (let step = 0; step < steps + 1; step++)
      for (const { child, reports } of engines) {
        child.send('step');
        const [report] = await once(child, 'message');
        if (!report.applied) throw new Error('the step was not finite');
        reports.push(report);
      }
    const medians = {};
    for (const { name, child, reports } of engines) {
      const sorted = (of) =>
        reports
          .slice(1)
          .map(of)
          .sort((a, b) => a - b);
      const middle = (values) => values[Math.floor(values.length / 2)];
      const warm = sorted((r) => r.seconds);
      const median = middle(warm);
      medians[name] = median;
      const speed = (ROWS * FRAMES) / 100 / median;
      const { peak, loss } = reports[reports.length - 1];
      console.log(
        `${name.padEnd(18)} first ${reports[0].seconds.toFixed(1)} s, then ${median.toFixed(2)} s a step (${warm[0].toFixed(2)} to ${warm[warm.length - 1].toFixed(2)}), ${speed.toFixed(0)}x real time, ${middle(sorted((r) => r.cpu)).toFixed(1)} s of cores, peak ${peak.toFixed(1)} GB, loss ${loss.toFixed(4)}`,
      );
      child.kill();
    }
    for (const [name, peer] of Object.entries(medians))
      if (name !== 'onnx on cpu' && medians['onnx on cpu'])
        compared({
          comparison: `training step, size ${size}, onnx on cpu`,
          unit: 's a step',
          better: 'lower',
          ours: medians['onnx on cpu'],
          peer,
          peerName: `our engine ${name}`,
          rounds: steps,
        });
  }
}

const [first = 'm,l', steps = '5', engines] = process.argv.slice(2);
if (process.send) await serve(JSON.parse(first));
else await compare(first.split(','), Number(steps), engines?.split(','));
