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
import { type HeardTwice, hearTwice, parityDifference } from '@auricle/training/bridge/parity';
import { streamingGraph } from '@auricle/training/bridge/streaming-graph';
import { loadCorpus } from '@auricle/training/data/corpus';
import { initialWeights } from '@auricle/training/model/init';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

const CHUNK = 4;
const spec: ModelSpec = {
  config: modelConfigSchema.parse({ width: 32, blocks: 2, heads: 4, feedForward: 2, leftContext: 8 }),
  vocabulary: 6,
  features: { mean: new Array(80).fill(-6), deviation: new Array(80).fill(4) },
};
const weights = initialWeights(parameterSpecs(spec), 1);
const settings = checkTrainConfig({ name: 'x', epochs: 1, data: { train: ['x'], dev: ['x'] } }, 'test');

let folder: string;
let heard: HeardTwice[];
let engine: OnnxEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-parity-'));
  await writeToneCorpus(folder);
  const tokens = parseTokens(['<blk>', '▁', 'h', 'i', 'l', 'o'].map((symbol, id) => `${symbol} ${id}\n`).join(''));
  const { recordings } = await loadCorpus([join(folder, 'dev.jsonl')], tokens, 20);
  heard = await Promise.all(recordings.slice(0, 3).map((recording, i) => hearTwice(recording, 0.2, 80, i)));
  engine = new OnnxEngine(spec, settings, initialState(weights));
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

const changed = (
  graph: OnnxModel,
  change: (op: string, name: string) => Record<string, { float: number }> | undefined,
) => ({
  ...graph,
  graph: {
    ...graph.graph,
    nodes: graph.graph.nodes.map((node) => ({
      ...node,
      attributes: { ...node.attributes, ...change(node.op, node.name) },
    })),
  },
});

describe('parity', () => {
  it('holds for the graph of the same weights, from packets and after a new beginning in mid-audio', async () => {
    expect(await parityDifference(streamingGraph(spec, weights, CHUNK), engine, CHUNK, heard)).toBeLessThan(1e-4);
  });

  it('holds with 8 feature frames an encoder frame', async () => {
    const halved = { ...spec, config: { ...spec.config, subsampling: 8 as const } };
    const other = initialWeights(parameterSpecs(halved), 2);
    const trained = new OnnxEngine(halved, settings, initialState(other));
    try {
      expect(await parityDifference(streamingGraph(halved, other, CHUNK), trained, CHUNK, heard)).toBeLessThan(1e-4);
    } finally {
      await trained.close();
    }
  });

  it('hears the same frames from packets of any size', () => {
    for (const { whole, packets } of heard) expect(packets.features).toEqual(whole.features);
  });

  it('is lost by one factor of one layer', async () => {
    const wrong = changed(streamingGraph(spec, weights, CHUNK), (op, name) =>
      op === 'Gemm' && name === 'block1/feedForward2/out' ? { alpha: { float: 0.501 } } : undefined,
    );
    expect(await parityDifference(wrong, engine, CHUNK, heard)).toBeGreaterThan(1e-4);
  });

  it('is lost where packets give other frames', async () => {
    const [first, ...others] = heard;
    const late = { ...first.packets, features: first.packets.features.map((v) => v + 0.01) };
    const graph = streamingGraph(spec, weights, CHUNK);
    expect(await parityDifference(graph, engine, CHUNK, [{ ...first, packets: late }, ...others])).toBeGreaterThan(
      1e-4,
    );
  });

  it('is lost where a graph keeps what it should forget: one of caches that are not the state', async () => {
    const graph = streamingGraph(spec, weights, CHUNK);
    // Whoever begins anew gives zeros; this graph takes them for the counter's hundredth of a past.
    const nodes = [
      {
        name: 'shift',
        op: 'Cast',
        domain: '',
        inputs: ['cache_last_channel_len'],
        outputs: ['shift'],
        attributes: { to: { int: 1 } },
      },
      ...graph.graph.nodes.map((node) => (node.outputs[0] === 'logprobs' ? { ...node, outputs: ['raw'] } : node)),
      {
        name: 'sum',
        op: 'ReduceSum',
        domain: '',
        inputs: ['shift'],
        outputs: ['sum'],
        attributes: { keepdims: { int: 0 } },
      },
      { name: 'logprobs', op: 'Add', domain: '', inputs: ['raw', 'sum'], outputs: ['logprobs'], attributes: {} },
    ];
    expect(
      await parityDifference({ ...graph, graph: { ...graph.graph, nodes } }, engine, CHUNK, heard),
    ).toBeGreaterThan(1);
  });
});
