/** What sherpa-onnx makes of our token tables: a model that always says the same ids, read by its own recogniser. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel, floatTensor, type OnnxNode, type OnnxValue } from '@auricle/bundle';
import {
  bpeTokens,
  characterTokens,
  countWords,
  encodeText,
  formatTokens,
  type TokenTable,
  textOfTokens,
  wordTokens,
} from '@auricle/decoding';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wavBytes } from '../datasets/files.js';

const SCRIPT = join(import.meta.dirname, '../fixtures/sherpa-transcribe.mjs');
/** Feature frames a run; the recording and the silence that the script adds make exactly one. */
const WINDOW = 80;

/** An online NeMo CTC model whose log-probs are these ids with a blank around each, whatever it hears. */
function modelThatSays(ids: number[], table: TokenTable): Uint8Array {
  const frames = 2 * ids.length + 1;
  const vocabulary = table.symbols.length;
  const logProbs = new Float32Array(frames * vocabulary).fill(-20);
  for (let f = 0; f < frames; f++) logProbs[f * vocabulary + (f % 2 === 1 ? ids[(f - 1) / 2] : table.blankId)] = 0;
  const cache = [1, 1, 1];
  const value = (name: string, type: 'float32' | 'int64', ...dims: number[]): OnnxValue => ({
    name,
    type,
    dims: ['N', ...dims],
  });
  const identity = (input: string, output: string): OnnxNode => ({
    name: output,
    op: 'Identity',
    domain: '',
    inputs: [input],
    outputs: [output],
    attributes: {},
  });
  const metadata: Record<string, string> = {
    window_size: `${WINDOW}`,
    chunk_shift: `${WINDOW}`,
    subsampling_factor: '4',
    vocab_size: `${vocabulary - 1}`,
  };
  for (const name of ['cache_last_channel', 'cache_last_time'])
    cache.forEach((size, i) => {
      metadata[`${name}_dim${i + 1}`] = `${size}`;
    });
  return encodeModel({
    opsets: { '': 17 },
    metadata,
    graph: {
      name: 'says',
      initializers: [floatTensor('said', [1, frames, vocabulary], logProbs)],
      nodes: [
        identity('said', 'logprobs'),
        identity('length', 'encoded_lengths'),
        identity('cache_last_channel', 'cache_last_channel_next'),
        identity('cache_last_time', 'cache_last_time_next'),
        identity('cache_last_channel_len', 'cache_last_channel_len_next'),
      ],
      inputs: [
        value('audio_signal', 'float32', 80, WINDOW),
        value('length', 'int64'),
        value('cache_last_channel', 'float32', ...cache),
        value('cache_last_time', 'float32', ...cache),
        value('cache_last_channel_len', 'int64'),
      ],
      outputs: [
        value('logprobs', 'float32', frames, vocabulary),
        value('encoded_lengths', 'int64'),
        value('cache_last_channel_next', 'float32', ...cache),
        value('cache_last_time_next', 'float32', ...cache),
        value('cache_last_channel_len_next', 'int64'),
      ],
    },
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-sherpa-'));
  await writeFile(join(folder, 'silence.wav'), wavBytes(new Float32Array(1600), 16_000));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function heardBySherpa(ids: number[], table: TokenTable): Promise<string> {
  const [model, tokens] = [join(folder, 'model.onnx'), join(folder, 'tokens.txt')];
  await writeFile(model, modelThatSays(ids, table));
  await writeFile(tokens, formatTokens(table));
  const output = execFileSync(process.execPath, [SCRIPT, model, tokens], {
    input: join(folder, 'silence.wav'),
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const line = output.split('\n').find((candidate) => candidate.startsWith('{"file"'));
  return (JSON.parse(line!) as { text: string }).text;
}

describe('sherpa-onnx', () => {
  const texts = ["the cat didn't sit on the mat", 'größe 7 日本 語 \u00a0 é𝄞 # <', 'the cat that sat'];
  const counts = countWords(texts);
  const tables: [string, TokenTable][] = [
    ['characters', characterTokens(texts)],
    ['words', wordTokens(texts)],
    ['byte-pair pieces', bpeTokens(counts, { size: 60 })],
    ['characters with byte fallback', characterTokens(texts, { byteFallback: true })],
    ['byte-pair pieces with byte fallback', bpeTokens(counts, { size: 320, byteFallback: true })],
  ];

  it.each(tables)('reads our table of %s and gives the text', async (_, table) => {
    const text = texts.join(' ');
    expect(await heardBySherpa(encodeText(table, text), table)).toBe(textOfTokens(table, encodeText(table, text)));
  });

  it('spells characters out of bytes as we do, and leaves out those that make up none', async () => {
    const table = tables[4][1];
    const ids = encodeText(table, 'thé ☃ Ж sat');
    const bytes = [0xe2, 0x98, 0xff].map((byte) => byte + 1);
    const said = [...ids, ...bytes, ...encodeText(table, 'cat')];
    const text = await heardBySherpa(said, table);
    expect(text).toBe('thé ☃ Ж sat cat');
    expect(textOfTokens(table, said)).toBe(text);
  });
});
