// Speed and memory of the training step: `node bench/training-step.mjs [--python PATH] [blocks] [width]` (defaults: 9 blocks of 192 channels,
// 7.4M parameters). Prints seconds a step and x real time at 16 x 12 s, by chunks and with full attention, then the peak memory after
// steps of eight different batch shapes. With a Python that has PyTorch, its step of the same network (full attention) alternates with ours.
import { spawn } from 'node:child_process';
import { arch, availableParallelism, cpus, loadavg } from 'node:os';
import { resourceUsage } from 'node:process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { initialState, modelConfigSchema, OnnxEngine, parameterCount, parameterSpecs } from '@auricle/training';
import { initialWeights } from '@auricle/training/model/init';
import { compared } from './comparison.mjs';

const { values, positionals } = parseArgs({ options: { python: { type: 'string' } }, allowPositionals: true });
const [blocks = 9, width = 192] = positionals.map(Number);
const STEPS = 6;
const LABELS = 60;
const [ROWS, FRAMES] = [16, 1216];
const AUDIO_SECONDS = (ROWS * FRAMES) / 100;
const config = modelConfigSchema.parse({ blocks, width });
const spec = { config, vocabulary: 64, features: { mean: new Array(80).fill(-6), deviation: new Array(80).fill(3) } };
const specs = parameterSpecs(spec);
const settings = {
  seed: 1,
  optimiser: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 5, averageDecay: 0.999 },
  loss: { intermediateWeight: 0, labelSmoothing: 0, consistencyWeight: 0, consistencyWarmup: 0 },
  regularisation: { dropout: 0, stochasticDepth: 0 },
};
const engine = new OnnxEngine(spec, settings, initialState(initialWeights(specs, 1)));

const batchOf = (rows, frames, chunk) => ({
  features: Float32Array.from({ length: rows * frames * 80 }, () => 6 * Math.random() - 9),
  frameLengths: new Int32Array(rows).fill(frames / 4),
  labels: Int32Array.from({ length: rows * LABELS }, (_, i) => 1 + (i % 63)),
  labelLengths: new Int32Array(rows).fill(Math.min(LABELS, frames / 8)),
  chunk,
  views: 1,
});
const peak = () => (resourceUsage().maxRSS / 1e6).toFixed(2);
const stepOf = (batch) => async () => {
  const started = performance.now();
  const { applied } = await engine.step([batch], 1e-4);
  if (!applied) throw new Error('the step was not finite');
  return (performance.now() - started) / 1000;
};

/** PyTorch's step in a process of its own. */
async function peerStep(python) {
  const script = new URL('./training-step-peer.py', import.meta.url).pathname;
  const sizes = [blocks, width, ROWS, FRAMES, LABELS, availableParallelism()].map(String);
  const child = spawn(python, [script, ...sizes], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const [version, parameters] = (await lines.next()).value.split(' ');
  const step = async () => {
    child.stdin.write('\n');
    return Number((await lines.next()).value);
  };
  return {
    name: `PyTorch ${version}, full attention (${(parameters / 1e6).toFixed(2)}M)`,
    step,
    end: () => child.stdin.end(),
  };
}

console.log(
  `${cpus()[0].model}, ${availableParallelism()} cores, ${arch()}, node ${process.version}, ${(parameterCount(specs) / 1e6).toFixed(2)}M parameters, load average ${loadavg()[0].toFixed(1)}`,
);
const peer = values.python && (await peerStep(values.python));
const contestants = [
  { name: 'Auricle, chunks of 8', step: stepOf(batchOf(ROWS, FRAMES, 8)), seconds: [] },
  { name: 'Auricle, full attention', step: stepOf(batchOf(ROWS, FRAMES, FRAMES / 4)), seconds: [] },
  ...(peer ? [{ ...peer, seconds: [] }] : []),
];
for (let i = 0; i < STEPS; i++) for (const { step, seconds } of contestants) seconds.push(await step());
peer?.end();
const medians = {};
for (const { name, seconds } of contestants) {
  // The first step traces and builds the graph.
  const warm = seconds.slice(1).sort((a, b) => a - b);
  const median = warm[Math.floor(warm.length / 2)];
  medians[name] = median;
  console.log(
    `${name}: median ${median.toFixed(2)} s a step (${warm[0].toFixed(2)} to ${warm.at(-1).toFixed(2)}), ${(AUDIO_SECONDS / median).toFixed(0)}x real time; the first ${seconds[0].toFixed(2)} s`,
  );
}
if (peer)
  compared({
    comparison: `training step, ${(parameterCount(specs) / 1e6).toFixed(1)}M parameters, full attention`,
    unit: 's a step',
    better: 'lower',
    ours: medians['Auricle, full attention'],
    peer: medians[peer.name],
    peerName: 'PyTorch',
    rounds: STEPS - 1,
  });
console.log(`peak ${peak()} GB`);
for (const frames of [320, 448, 576, 704, 832, 960, 1088])
  await engine.step([batchOf(Math.floor((ROWS * FRAMES) / frames), frames, 8)], 1e-4);
console.log(`after nine graphs: peak ${peak()} GB`);
await engine.close();
