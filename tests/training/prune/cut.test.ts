import {
  checkTrainConfig,
  initialState,
  type ModelSpec,
  modelConfigSchema,
  OnnxEngine,
  parameterCount,
  parameterSpecs,
  zeroSmallest,
} from '@auricle/training';
import { parityDifference } from '@auricle/training/bridge/parity';
import { readWeights } from '@auricle/training/bridge/read-weights';
import { streamingGraph } from '@auricle/training/bridge/streaming-graph';
import { initialWeights } from '@auricle/training/model/init';
import { chooseParts } from '@auricle/training/prune/choose';
import { cutNetwork, sumsOfParts } from '@auricle/training/prune/cut';
import type { Importance } from '@auricle/training/prune/importance';
import { type Kept, keepAllParts, multiplyAdds } from '@auricle/training/prune/structure';
import { describe, expect, it } from 'vitest';
import { noise } from '../tracing/compare.js';

const MELS = 80;
const CHUNK = 4;
const spec: ModelSpec = {
  config: modelConfigSchema.parse({
    width: 48,
    blocks: 3,
    heads: 4,
    keyValueHeads: 2,
    feedForward: 2,
    convolution: 3,
    leftContext: 8,
    intermediate: [2],
  }),
  vocabulary: 9,
  features: { mean: new Array(MELS).fill(-6), deviation: new Array(MELS).fill(4) },
};
const specs = parameterSpecs(spec);
// No bias is zero, so that each has to be in its place.
const weights = initialWeights(specs, 1).map((w, i) => w || 0.1 * Math.sin(i));
const settings = checkTrainConfig({ name: 'x', epochs: 1, data: { train: ['x'], dev: ['x'] } }, 'test');
const FRAMES = 32;
const features = noise(2 * FRAMES * MELS, 5).map((v) => 7 * v - 6);

async function logProbsOf(spec: ModelSpec, weights: Float32Array): Promise<Float32Array> {
  const engine = new OnnxEngine(spec, settings, initialState(weights));
  const logProbs = await engine.logProbs(features, 2, CHUNK);
  await engine.close();
  return logProbs;
}

const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);

/** A part of the flat vector, by the parameter's name. */
function partOf(flat: Float32Array, name: string): Float32Array {
  let at = 0;
  for (const parameter of specs) {
    const count = parameterCount([parameter]);
    if (parameter.name === name) return flat.subarray(at, at + count);
    at += count;
  }
  throw new Error(name);
}

const WIDTH = 48;
const zeroRows = (flat: Float32Array, name: string, rows: readonly number[], each = 1) => {
  for (const row of rows) partOf(flat, name).fill(0, row * each * WIDTH, (row + 1) * each * WIDTH);
};

/** Without these members of a block. */
const without = (
  changes: Record<number, Partial<Record<'heads' | 'feedForward1' | 'feedForward2' | 'channels', number[]>>>,
): Kept =>
  keepAllParts(spec.config).map((parts, block) => {
    for (const [part, gone] of Object.entries(changes[block] ?? {}) as [keyof NonNullable<typeof parts>, number[]][])
      parts![part] = parts![part].filter((member) => !gone.includes(member));
    return parts;
  });

describe('cutting a network', () => {
  it('changes nothing where what goes had no effect', async () => {
    const flat = weights.slice();
    zeroRows(flat, 'block0.feedForward1.out.weight', [0, 5, 95]);
    zeroRows(flat, 'block2.feedForward2.out.weight', [1]);
    zeroRows(flat, 'block1.convolution.out.weight', [3, 47]);
    zeroRows(flat, 'block1.attention.out.weight', [0, 3], WIDTH / 4);
    const kept = without({
      0: { feedForward1: [0, 5, 95] },
      1: { channels: [3, 47], heads: [0, 3] },
      2: { feedForward2: [1] },
    });
    const cut = cutNetwork(spec, kept, [flat]);
    expect(cut.spec.config.layers).toEqual([
      { heads: 4, feedForward1: 93, feedForward2: 96, channels: 48 },
      { heads: 2, feedForward1: 96, feedForward2: 96, channels: 46 },
      { heads: 4, feedForward1: 96, feedForward2: 95, channels: 48 },
    ]);
    expect(cut.vectors[0]).toHaveLength(parameterCount(parameterSpecs(cut.spec)));
    expect(largestDifference(await logProbsOf(cut.spec, cut.vectors[0]), await logProbsOf(spec, flat))).toBeLessThan(
      1e-4,
    );
  });

  it('takes a whole block out, and moves the losses after it', async () => {
    const flat = weights.slice();
    for (const { name } of specs) if (/^block1\..*\.out\./.test(name)) partOf(flat, name).fill(0);
    const kept = keepAllParts(spec.config).map((parts, block) => (block === 1 ? undefined : parts));
    const cut = cutNetwork(spec, kept, [flat]);
    expect(cut.spec.config).toMatchObject({ blocks: 2, intermediate: [1] });
    expect(largestDifference(await logProbsOf(cut.spec, cut.vectors[0]), await logProbsOf(spec, flat))).toBeLessThan(
      1e-3,
    );
  });

  it('gives a network whose streaming graph is the same arithmetic, and keeps its sizes', async () => {
    const kept = without({ 0: { channels: [1, 2, 3] }, 1: { heads: [1, 2], feedForward1: [7] } });
    const cut = cutNetwork(spec, kept, [weights]);
    const graph = streamingGraph(cut.spec, cut.vectors[0], CHUNK);
    const engine = new OnnxEngine(cut.spec, settings, initialState(cut.vectors[0]));
    const row = (b: number) => ({
      features: features.slice(b * FRAMES * MELS, (b + 1) * FRAMES * MELS),
      frames: FRAMES,
    });
    const heard = [0, 1].map((b) => ({ whole: row(b), packets: row(b) }));
    expect(await parityDifference(graph, engine, CHUNK, heard)).toBeLessThan(1e-4);
    await engine.close();
    const read = readWeights(graph);
    expect(read.spec).toEqual({ ...cut.spec, config: { ...cut.spec.config, size: undefined } });
    expect(read.weights).toEqual(cut.vectors[0]);
  });
});

describe('the sums of parts', () => {
  it('count every weight of a head or channel once', () => {
    const [sums] = sumsOfParts(spec, new Float32Array(weights.length).fill(1));
    expect([...sums.feedForward1]).toEqual(new Array(96).fill(2 * WIDTH + 1));
    // Queries, their biases, and rows of the output.
    expect([...sums.heads]).toEqual(new Array(4).fill(12 * (2 * WIDTH + 1)));
    // Value, gate, their biases, three taps, bias and a row of the output.
    expect([...sums.channels]).toEqual(new Array(WIDTH).fill(3 * WIDTH + 2 + 3 + 1));
  });
});

describe('choosing parts', () => {
  const importance = (of: (block: number, part: string, member: number) => number, blocks: number[]): Importance => ({
    parts: keepAllParts(spec.config).map((parts, block) =>
      Object.fromEntries(
        Object.entries(parts!).map(([part, members]) => [part, Float64Array.from(members, (i) => of(block, part, i))]),
      ),
    ) as Importance['parts'],
    blocks,
  });
  const full = multiplyAdds(spec, 8);
  const left = (kept: Kept) => multiplyAdds(cutNetwork(spec, kept, []).spec, 8);

  it('meets the budget, least important first', () => {
    const kept = chooseParts(
      spec,
      importance((_, part, i) => (part === 'feedForward1' ? i : 1e6), [1e9, 1e9, 1e9]),
      0.9 * full,
      8,
    );
    expect(left(kept)).toBeLessThanOrEqual(0.9 * full);
    for (const parts of kept) {
      expect(parts!.heads).toHaveLength(4);
      expect(parts!.feedForward1).toContain(95);
      expect(parts!.feedForward1).not.toContain(0);
    }
  });

  it('leaves something of everything, and as many heads to each key/value head', () => {
    const kept = chooseParts(
      spec,
      importance((block, part, i) => (part === 'heads' ? i : block), new Array(3).fill(Number.POSITIVE_INFINITY)),
      0,
      8,
    );
    for (const parts of kept) {
      expect(parts!.heads).toEqual([1, 3]);
      expect(parts!.feedForward1).toHaveLength(8);
      expect(parts!.channels).toHaveLength(8);
    }
  });

  it('takes a block that nobody misses', () => {
    const kept = chooseParts(
      spec,
      importance(() => 1, [1, 0, 1]),
      0.95 * full,
      8,
    );
    expect(kept.map((parts) => parts !== undefined)).toEqual([true, false, true]);
  });
});

describe('the smallest weights', () => {
  it('become zero in each matrix, biases stay', () => {
    const pruned = zeroSmallest(spec, weights, 0.25);
    let at = 0;
    for (const parameter of specs) {
      const count = parameterCount([parameter]);
      const zeros = pruned.subarray(at, at + count).filter((w) => w === 0).length;
      expect(zeros, parameter.name).toBe(parameter.name.endsWith('.weight') ? Math.round(0.25 * count) : 0);
      at += count;
    }
  });
});
