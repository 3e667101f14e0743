import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { expect, it } from 'vitest';
import { ENGINES } from './engines.js';

const missing = ENGINES.find(({ name }) => name === 'tensorflow on cpu')!.missing;

/** A process has one TensorFlow, of one precision: the loss of a batch of noise in one of its own. */
function lossIn(precision: string): number {
  const program = `
    import { createEngine, initialState, modelConfigSchema, parameterSpecs } from '@auricle/training';
    import { initialWeights } from '@auricle/training/model/init';
    const spec = {
      config: modelConfigSchema.parse({ size: 'xs' }),
      vocabulary: 16,
      features: { mean: new Array(80).fill(0), deviation: new Array(80).fill(1) },
    };
    const settings = {
      seed: 1,
      optimiser: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1, averageDecay: 0.9 },
      loss: { intermediateWeight: 0, labelSmoothing: 0, consistencyWeight: 0, consistencyWarmup: 0 },
      regularisation: { dropout: 0, stochasticDepth: 0 },
    };
    const choice = { kind: 'tensorflow', provider: 'cpu', precision: ${JSON.stringify(precision)} };
    const state = initialState(initialWeights(parameterSpecs(spec), 1));
    const engine = await createEngine(choice, spec, settings, state);
    const features = Float32Array.from({ length: 4 * 256 * 80 }, (_, i) => Math.sin(i * i));
    const step = await engine.step([{
      features,
      frameLengths: new Int32Array(4).fill(64),
      labels: Int32Array.from({ length: 40 }, (_, i) => 1 + (i % 15)),
      labelLengths: new Int32Array(4).fill(10),
      chunk: 8,
      views: 1,
    }], 1e-3);
    console.log(step.loss);
    await engine.close();
  `;
  const args = ['--input-type=module', '--eval', program];
  const printed = execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' });
  return Number(printed.trim().split('\n').at(-1));
}

const hasBfloat16 = platform() === 'linux' && /\b(amx_bf16|avx512_bf16)\b/.test(readFileSync('/proc/cpuinfo', 'utf8'));

it.skipIf(missing)('bfloat16 rounds products where the processor has it, and says much the same', () => {
  const [exact, rounded] = [lossIn('float32'), lossIn('bfloat16')];
  expect(Math.abs(rounded - exact) / exact).toBeLessThan(0.01);
  expect(rounded !== exact).toBe(hasBfloat16);
});
