import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OnnxModel } from '@auricle/bundle';
import { parseTokens } from '@auricle/decoding';
import {
  checkTrainConfig,
  initialState,
  type ModelSpec,
  modelConfigSchema,
  OnnxEngine,
  parameterSpecs,
} from '@auricle/training';
import { type HeardTwice, hearTwice } from '@auricle/training/bridge/parity';
import { quantise } from '@auricle/training/bridge/quantise';
import { readWeights } from '@auricle/training/bridge/read-weights';
import { utteranceFeeds } from '@auricle/training/bridge/run-examples';
import { openSession } from '@auricle/training/bridge/stream-batch';
import { utteranceGraph } from '@auricle/training/bridge/utterance-graph';
import { utteranceParity } from '@auricle/training/bridge/utterance-parity';
import { loadCorpus } from '@auricle/training/data/corpus';
import { initialWeights } from '@auricle/training/model/init';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';
import { noise } from '../tracing/compare.js';

const MELS = 80;
const spec: ModelSpec = {
  config: modelConfigSchema.parse({
    ...{ width: 32, blocks: 2, heads: 4, keyValueHeads: 2, feedForward: 2, leftContext: 8 },
    ...{ intermediate: [1], selfConditioned: true, subsampling: 8 },
    layers: [
      { heads: 2, feedForward1: 24, feedForward2: 64, channels: 16 },
      { heads: 4, feedForward1: 64, feedForward2: 40, channels: 32 },
    ],
  }),
  vocabulary: 6,
  features: { mean: new Array(MELS).fill(-6), deviation: new Array(MELS).fill(4) },
};
const weights = initialWeights(parameterSpecs(spec), 1);
const settings = checkTrainConfig({ name: 'x', epochs: 1, data: { train: ['x'], dev: ['x'] } }, 'test');
const LONGEST = 2024;

let folder: string;
let heard: HeardTwice[];
let engine: OnnxEngine;
let graph: OnnxModel;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-utterance-'));
  await writeToneCorpus(folder);
  const tokens = parseTokens(['<blk>', '▁', 'h', 'i', 'l', 'o'].map((symbol, id) => `${symbol} ${id}\n`).join(''));
  const { recordings } = await loadCorpus([join(folder, 'dev.jsonl')], tokens, 20);
  heard = await Promise.all(recordings.slice(0, 4).map((recording, i) => hearTwice(recording, 0.2, MELS, i)));
  engine = new OnnxEngine(spec, settings, initialState(weights));
  graph = utteranceGraph(spec, weights, LONGEST);
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const utterance = (seed: number, frames: number) => noise(frames * MELS, seed).map((v) => -6 + 7 * v);

/** Of the first utterance in a batch. */
async function logProbsOf(rows: Float32Array[], padding?: number): Promise<Float32Array> {
  const session = await openSession(graph);
  const lengths = rows.map((row) => row.length / MELS);
  const { log_probs, log_probs_len } = await session.run(utteranceFeeds(rows, lengths, MELS, padding));
  await session.release();
  expect([...log_probs_len.data].map(Number)).toEqual(
    lengths.map((frames) => Math.ceil(frames / spec.config.subsampling)),
  );
  return (log_probs.data as Float32Array).slice(0, Math.ceil(lengths[0] / spec.config.subsampling) * spec.vocabulary);
}

const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), a.length === b.length ? 0 : Number.POSITIVE_INFINITY);

describe('parity of whole utterances', () => {
  it('holds for the graph of the same weights, of several lengths in one batch', async () => {
    expect(new Set(heard.map(({ whole }) => whole.frames)).size).toBeGreaterThan(1);
    expect(await utteranceParity(graph, engine, heard)).toBeLessThan(1e-4);
  });

  it('is lost by one factor of one layer', async () => {
    const nodes = graph.graph.nodes.map((node) =>
      node.name === 'block1/feedForward2/out' ? { ...node, attributes: { alpha: { float: 0.501 } } } : node,
    );
    const wrong = { ...graph, graph: { ...graph.graph, nodes } };
    expect(await utteranceParity(wrong, engine, heard)).toBeGreaterThan(1e-4);
  });

  it('is lost where padding is attended to', async () => {
    const nodes = graph.graph.nodes.map((node) =>
      node.name === 'key_bias' ? { ...node, inputs: ['is_key', 'kept', 'kept'] } : node,
    );
    expect(await utteranceParity({ ...graph, graph: { ...graph.graph, nodes } }, engine, heard)).toBeGreaterThan(1e-3);
  });
});

describe('an utterance', () => {
  it('has the same log-probs alone, beside longer ones, and whatever its batch is padded with', async () => {
    for (const frames of [1, 5, 62, 171]) {
      const alone = await logProbsOf([utterance(1, frames)]);
      const beside = await logProbsOf([utterance(1, frames), utterance(2, 200)]);
      const loud = await logProbsOf([utterance(1, frames), utterance(2, 333), utterance(3, 7)], 1e4);
      expect(largestDifference(alone, beside)).toBeLessThan(1e-5);
      expect(largestDifference(alone, loud)).toBeLessThan(1e-5);
    }
  });

  it('is heard as a whole: its end changes its beginning', async () => {
    const whole = utterance(1, 120);
    const changed = whole.slice();
    changed.fill(0, 100 * MELS);
    const [a, b] = [await logProbsOf([whole]), await logProbsOf([changed])];
    expect(largestDifference(a.subarray(0, 60), b.subarray(0, 60))).toBeGreaterThan(1e-4);
  });
});

describe('the model of whole utterances', () => {
  it('carries the network that it was made of', () => {
    const read = readWeights(graph);
    expect(read.spec).toEqual(spec);
    expect(read.weights).toEqual(weights);
  });

  it('is quantised as streaming ones are', async () => {
    const examples = Array.from({ length: 6 }, (_, i) => ({ features: utterance(i + 1, 60 + i), frames: 60 + i }));
    const { model, divergence } = await quantise(graph, { method: 'static', examples });
    expect(model.graph.nodes.filter(({ op }) => op === 'MatMulIntegerToFloat').length).toBeGreaterThan(10);
    expect(divergence).toBeGreaterThan(0);
    expect(divergence).toBeLessThan(0.01);
  });
});
