import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { decodeModel, readBundle } from '@auricle/bundle';
import { createEngine, transcribeSamples } from '@auricle/serving';
import { exportBundle, loadCheckpoint, readTrainConfig, train } from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

let folder: string;
let bundle: string;
let checkpointPath: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-export-'));
  const recipe = await writeToneCorpus(folder);
  await train(await readTrainConfig(recipe, ['epochs=40', 'seed=2']), join(folder, 'run'), { resume: false });
  checkpointPath = join(folder, 'run/checkpoints/best.safetensors');
  bundle = join(folder, 'bundle');
  await exportBundle(await loadCheckpoint(checkpointPath), bundle, { chunk: 4, int8: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function transcribeDev(precision: 'float' | 'int8', dir = bundle): Promise<Record<string, string>> {
  const engine = await createEngine({ bundle: dir, precision });
  const texts: Record<string, string> = {};
  for (let i = 0; i < 6; i++) {
    const file = join(folder, `dev-${i}.wav`);
    texts[file] = (await transcribeSamples(engine, await readAudioFile(file))).text;
  }
  await engine.close();
  return texts;
}

describe('an exported bundle', () => {
  it('transcribes what the network learned', async () => {
    const manifest = (await readFile(join(folder, 'dev.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const expected = Object.fromEntries(manifest.map((u, i) => [join(folder, `dev-${i}.wav`), u.text]));
    expect(await transcribeDev('float')).toEqual(expected);
  });

  it('gives the same text in sherpa-onnx', async () => {
    const ours = await transcribeDev('float');
    const script = join(import.meta.dirname, '../../fixtures/sherpa-transcribe.mjs');
    const output = execFileSync(process.execPath, [script, join(bundle, 'model.onnx'), join(bundle, 'tokens.txt')], {
      input: Object.keys(ours).join('\n'),
      encoding: 'utf8',
    });
    const lines = output.split('\n').filter((line) => line.startsWith('{"file"'));
    const theirs = lines.map((line) => JSON.parse(line) as { file: string; text: string });
    expect(Object.fromEntries(theirs.map(({ file, text }) => [file, text]))).toEqual(ours);
  });

  it('has the interface of an online NeMo CTC model, with a free batch axis', async () => {
    const { graph, metadata } = decodeModel(await readFile(join(bundle, 'model.onnx')), 'model.onnx');
    expect(graph.inputs.map((i) => i.name)).toEqual([
      'audio_signal',
      'length',
      'cache_last_channel',
      'cache_last_time',
      'cache_last_channel_len',
    ]);
    expect(graph.outputs).toHaveLength(5);
    for (const value of [...graph.inputs, ...graph.outputs]) expect(typeof value.dims[0], value.name).toBe('string');
    expect(graph.inputs[0].dims.slice(1)).toEqual([80, 16]);
    expect(metadata).toMatchObject({ window_size: '16', chunk_shift: '16', subsampling_factor: '4', vocab_size: '5' });
    expect((await readBundle(bundle)).tokens.symbols).toEqual(['<blk>', '▁', 'h', 'i', 'l', 'o']);
  });

  it('names its nodes after the modules of the network', async () => {
    const { graph } = decodeModel(await readFile(join(bundle, 'model.onnx')), 'model.onnx');
    const names = graph.nodes.map((n) => n.name);
    for (const module of ['subsampling/', 'block0/attention/', 'block0/convolution/', 'block0/feedForward1/', 'output'])
      expect(
        names.some((n) => n.startsWith(module)),
        module,
      ).toBe(true);
  });

  it('hears the same words in int8', async () => {
    expect(await transcribeDev('int8')).toEqual(await transcribeDev('float'));
  });
});

describe('an export of full context', () => {
  it('hears whole utterances', async () => {
    const dir = join(folder, 'whole');
    const report = await exportBundle(await loadCheckpoint(checkpointPath), dir, { chunk: 'full', int8: true });
    expect(report.parity).toBeLessThanOrEqual(1e-4);
    const { interface: sizes, description } = await readBundle(dir);
    expect(sizes).toMatchObject({ family: 'zipformer-ctc', hearsWhole: true });
    // 20 s, the longest in training, and the tail.
    expect(sizes.windowSize).toBe(Math.ceil(100 * (20 + description.tailSeconds)));
    expect(await transcribeDev('float', dir)).toEqual(await transcribeDev('float'));
    expect(await transcribeDev('int8', dir)).toEqual(await transcribeDev('float', dir));
  });

  it('says whether training had whole utterances', async () => {
    const checkpoint = await loadCheckpoint(checkpointPath);
    for (const [chunks, trained] of [
      [[4], false],
      [[4, 'full' as const], true],
    ] as const) {
      const batches = { ...checkpoint.config.batches, chunks: [...chunks] };
      const other = { ...checkpoint, config: { ...checkpoint.config, batches } };
      const report = await exportBundle(other, join(folder, 'other'), { chunk: 'full', int8: false });
      expect(report.trained).toBe(trained);
    }
  });
});

describe('a failing export', () => {
  it('writes nothing when the graph differs from the training forward', async () => {
    const checkpoint = await loadCheckpoint(checkpointPath);
    const poisoned = {
      ...checkpoint,
      state: { ...checkpoint.state, average: checkpoint.state.average.slice().fill(Number.NaN) },
    };
    const target = join(folder, 'never');
    await expect(exportBundle(poisoned, target, { chunk: 4, int8: false })).rejects.toMatchObject({
      code: 'AUR_EXPORT_PARITY',
    });
    expect(await readdir(folder)).not.toContain('never');
  });

  it('refuses a chunk that does not divide the left context', async () => {
    const checkpoint = await loadCheckpoint(checkpointPath);
    await expect(exportBundle(checkpoint, join(folder, 'never'), { chunk: 3, int8: false })).rejects.toMatchObject({
      code: 'AUR_EXPORT_CHUNK',
    });
  });
});
