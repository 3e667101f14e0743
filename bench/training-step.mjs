// Speed and memory of the training step: `node bench/training-step.mjs [blocks] [width]` (defaults: 9 blocks of 192 channels, 7.4M parameters).
// Prints seconds a step and x real time at 16 x 12 s, then the peak memory after steps of eight different batch shapes.
import { arch, availableParallelism, cpus } from 'node:os';
import { resourceUsage } from 'node:process';
import { initialState, modelConfigSchema, OnnxEngine, parameterCount, parameterSpecs } from '@auricle/training';
import { initialWeights } from '@auricle/training/model/init';

const [blocks = 9, width = 192] = process.argv.slice(2).map(Number);
const STEPS = 6;
const CHUNK = 8;
const LABELS = 60;
const config = modelConfigSchema.parse({ blocks, width });
const spec = { config, vocabulary: 64, features: { mean: new Array(80).fill(-6), deviation: new Array(80).fill(3) } };
const specs = parameterSpecs(spec);
const optimiser = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 5, averageDecay: 0.999 };
const loss = { intermediateWeight: 0, labelSmoothing: 0, consistencyWeight: 0, consistencyWarmup: 0 };
const regularisation = { dropout: 0, stochasticDepth: 0 };
const engine = new OnnxEngine(
  spec,
  { seed: 1, optimiser, loss, regularisation },
  initialState(initialWeights(specs, 1)),
);

const batchOf = (rows, frames) => ({
  features: Float32Array.from({ length: rows * frames * 80 }, () => 6 * Math.random() - 9),
  frameLengths: new Int32Array(rows).fill(frames / 4),
  labels: Int32Array.from({ length: rows * LABELS }, (_, i) => 1 + (i % 63)),
  labelLengths: new Int32Array(rows).fill(Math.min(LABELS, frames / 8)),
  chunk: CHUNK,
  views: 1,
});
const peak = () => (resourceUsage().maxRSS / 1e6).toFixed(2);

console.log(
  `${cpus()[0].model}, ${availableParallelism()} cores, ${arch()}, node ${process.version}, ${(parameterCount(specs) / 1e6).toFixed(2)}M parameters`,
);
const batch = batchOf(16, 1216);
const seconds = [];
for (let i = 0; i < STEPS; i++) {
  const started = performance.now();
  const { applied } = await engine.step([batch], 1e-4);
  if (!applied) throw new Error('the step was not finite');
  seconds.push((performance.now() - started) / 1000);
}
// The first step traces and builds the graph.
const warm = seconds.slice(1).sort((a, b) => a - b);
const median = warm[Math.floor(warm.length / 2)];
console.log(`first step ${seconds[0].toFixed(2)} s (tracing and building the graph included)`);
console.log(
  `16 x 12.16 s: median ${median.toFixed(2)} s a step, ${((16 * 12.16) / median).toFixed(0)}x real time; peak ${peak()} GB`,
);
for (const frames of [320, 448, 576, 704, 832, 960, 1088])
  await engine.step([batchOf(Math.floor((16 * 1216) / frames), frames)], 1e-4);
console.log(`after eight batch shapes: peak ${peak()} GB`);
await engine.close();
