/** Model folders as they should be, and every way in which they are not. */
import { mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledDecoding, encodeModel, type OnnxModel, readBundle, vocabularyKind, writeBundle } from '@auricle/bundle';
import { parseLexicon, readArpa } from '@auricle/decoding';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SIZES = { window: 32, channel: [2, 8, 6], time: [2, 3, 4], vocab: 3 };
const TOKENS = { symbols: ['<blk>', '▁', 'a', 'b'], blankId: 0 };
const WORDS = `\\data\\
ngram 1=5

\\1-grams:
-2 <unk>
-99 <s>
-0.6 </s>
-0.5 aba
-0.9 bab

\\end\\
`;
const DESCRIPTION = {
  version: 1 as const,
  name: 'tiny',
  language: 'en',
  chunkFrames: 32,
  chunkShift: 32,
  subsampling: 4,
  vocabulary: { kind: 'characters' as const, size: 3 },
  tailSeconds: 0.4,
  wordTimes: { startOffset: -0.1, endOffset: 0.05 },
  confidence: {
    greedy: { kind: 'logistic' as const, scale: 0.8, offset: -0.1 },
    beam: { kind: 'isotonic' as const, from: [0.2, 0.9], to: [0.1, 1] },
  },
  training: { epochs: 3, data: ['made up'] },
};

/** The contract's inputs and outputs around a graph that does nothing. */
function hollowModel(): OnnxModel {
  const float = (name: string, ...dims: (number | string)[]) => ({
    name,
    type: 'float32' as const,
    dims: ['N', ...dims],
  });
  const int = (name: string) => ({ name, type: 'int64' as const, dims: ['N'] });
  const dims = (prefix: string, values: number[]) =>
    Object.fromEntries(values.map((value, i) => [`${prefix}_dim${i + 1}`, `${value}`]));
  return {
    opsets: { '': 17 },
    metadata: {
      window_size: `${SIZES.window}`,
      chunk_shift: `${SIZES.window}`,
      subsampling_factor: '4',
      vocab_size: `${SIZES.vocab}`,
      ...dims('cache_last_channel', SIZES.channel),
      ...dims('cache_last_time', SIZES.time),
    },
    graph: {
      name: 'hollow',
      nodes: [
        { name: 'n', op: 'Identity', domain: '', inputs: ['length'], outputs: ['encoded_lengths'], attributes: {} },
      ],
      initializers: [],
      inputs: [
        float('audio_signal', 80, SIZES.window),
        int('length'),
        float('cache_last_channel', ...SIZES.channel),
        float('cache_last_time', ...SIZES.time),
        int('cache_last_channel_len'),
      ],
      outputs: [
        float('logprobs', 8, SIZES.vocab + 1),
        int('encoded_lengths'),
        float('cache_last_channel_next', ...SIZES.channel),
        float('cache_last_time_next', ...SIZES.time),
        int('cache_last_channel_len_next'),
      ],
    },
  };
}

let root: string;
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-bundle-'));
});
afterAll(() => rm(root, { recursive: true }));

/** A good bundle of its own, changed by the test. */
async function folder(change: (model: OnnxModel) => void = () => undefined): Promise<string> {
  const dir = join(root, `${folders++}`);
  await writeBundle(dir, DESCRIPTION, TOKENS);
  const model = hollowModel();
  change(model);
  await writeFile(join(dir, 'model.onnx'), encodeModel(model));
  return dir;
}

const failure = (dir: string, code: string, ...told: string[]) =>
  readBundle(dir).then(
    () => expect.unreachable(`${dir} was read`),
    (error) => {
      expect(error.code).toBe(code);
      for (const text of told) expect(error.message).toContain(text);
    },
  );

describe('a bundle of sounds', () => {
  const spoken = { ...TOKENS, lexicon: parseLexicon('aba a b a\nbab b a b\nbab b a\n') };
  async function pronounced(): Promise<string> {
    const dir = await folder();
    await writeBundle(dir, { ...DESCRIPTION, languageModel: { file: 'words.arpa', alpha: 0.7, beam: 32 } }, spoken);
    await writeFile(join(dir, 'words.arpa'), WORDS);
    return dir;
  }

  it('comes back with its lexicon, and decodes with its language model unless another is asked for', async () => {
    const bundle = await readBundle(await pronounced());
    expect(bundle.tokens).toEqual(spoken);
    expect(bundle.description.lexicon).toBe('lexicon.txt');
    const own = await bundledDecoding(bundle, { lm: undefined, beta: 2 });
    expect(own).toMatchObject({ beam: 32, alpha: 0.7, beta: 2, wordTimes: DESCRIPTION.wordTimes });
    expect(own.lm?.id('aba')).toBeGreaterThan(0);
    const other = await readArpa([Buffer.from(WORDS)]);
    expect(await bundledDecoding(bundle, { lm: other, alpha: 0.2 })).toMatchObject({ lm: other, alpha: 0.2 });
    expect(Object.keys(await bundledDecoding(bundle, { lm: other }))).not.toContain('beam');
  });

  it('brings the priors of its tokens to any language model, their share to its own alone', async () => {
    const tokenPriors = Array.from(TOKENS.symbols, () => -1.5);
    const dir = await folder();
    const languageModel = { file: 'words.arpa', priorScale: 0.5 };
    await writeBundle(dir, { ...DESCRIPTION, tokenPriors, languageModel }, spoken);
    await writeFile(join(dir, 'words.arpa'), WORDS);
    const bundle = await readBundle(dir);
    expect(await bundledDecoding(bundle)).toMatchObject({ tokenPriors, priorScale: 0.5 });
    const other = await bundledDecoding(bundle, { lm: await readArpa([Buffer.from(WORDS)]) });
    expect(other).toMatchObject({ tokenPriors });
    expect(other.priorScale).toBeUndefined();
  });

  it('loses its lexicon with its tokens alone', async () => {
    const dir = await pronounced();
    await writeBundle(dir, (await readBundle(dir)).description, TOKENS);
    expect((await readBundle(dir)).tokens).toEqual(TOKENS);
  });

  it.each(['lexicon.txt', 'words.arpa'])('lacks %s', async (name) => {
    const dir = await pronounced();
    await unlink(join(dir, name));
    await failure(dir, 'AUR_BUNDLE_MISSING', join(dir, name));
  });

  it('has a lexicon that is none', async () => {
    const dir = await pronounced();
    await writeFile(join(dir, 'lexicon.txt'), 'aba a b a\nbab\n');
    await failure(dir, 'AUR_BUNDLE_LEXICON', join(dir, 'lexicon.txt'), 'line 2', '"bab"');
  });

  it('names no file outside its folder', async () => {
    const languageModel = { file: '../words.arpa' };
    await expect(writeBundle(await folder(), { ...DESCRIPTION, languageModel }, TOKENS)).rejects.toMatchObject({
      code: 'AUR_BUNDLE_SCHEMA',
    });
  });
});

describe('a bundle', () => {
  it('comes back as it was written, with the model’s sizes', async () => {
    const dir = await folder();
    expect(await readBundle(dir)).toEqual({
      dir,
      description: {
        ...DESCRIPTION,
        features: { kind: 'fbank', sampleRate: 16_000, melBins: 80 },
        results: {},
      },
      tokens: TOKENS,
      modelPath: join(dir, 'model.onnx'),
      precision: 'float',
      interface: {
        family: 'nemo-ctc',
        frontEnd: { kind: 'fbank', sampleRate: 16_000, melBins: 80, gain: 1 },
        hearsWhole: false,
        windowSize: 32,
        chunkShift: 32,
        subsamplingFactor: 4,
        vocabSize: 3,
        inputs: [
          { role: 'chunk', layout: 'bins-frames' },
          { role: 'constant', value: 32 },
          { role: 'state', state: 0 },
          { role: 'state', state: 1 },
          { role: 'state', state: 2 },
        ],
        states: [
          { name: 'cache_last_channel', type: 'float32', dims: [1, ...SIZES.channel], batchAxis: 0, output: 2 },
          { name: 'cache_last_time', type: 'float32', dims: [1, ...SIZES.time], batchAxis: 0, output: 3 },
          { name: 'cache_last_channel_len', type: 'int64', dims: [1], batchAxis: 0, output: 4 },
        ],
        outputCount: 5,
        takesBatches: true,
      },
    });
  });

  it('is read with its int8 model, unless the float one is asked for', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'model.int8.onnx'), encodeModel(hollowModel()));
    expect(await readBundle(dir)).toMatchObject({ precision: 'int8', modelPath: join(dir, 'model.int8.onnx') });
    expect(await readBundle(dir, { precision: 'float' })).toMatchObject({ modelPath: join(dir, 'model.onnx') });
  });

  it('may be a folder made for sherpa-onnx: model.onnx and tokens.txt', async () => {
    const dir = await folder();
    await unlink(join(dir, 'bundle.json'));
    const { description } = await readBundle(dir);
    expect(description).toMatchObject({
      language: 'und',
      chunkFrames: 32,
      chunkShift: 32,
      subsampling: 4,
      vocabulary: { kind: 'characters', size: 3 },
      tailSeconds: 0.8,
    });
  });

  it('may have a model that does not fix its shapes', async () => {
    const dir = await folder((model) => {
      for (const value of [...model.graph.inputs, ...model.graph.outputs])
        value.dims = value.dims.map((_, i) => `d${i}`);
    });
    expect((await readBundle(dir)).interface.windowSize).toBe(32);
  });
});

describe('a folder that is no bundle', () => {
  it('is not there', () => failure(join(root, 'nowhere'), 'AUR_BUNDLE_MISSING', 'nowhere', 'no such folder'));

  for (const file of ['model.onnx', 'tokens.txt'])
    it(`lacks ${file}`, async () => {
      const dir = await folder();
      await unlink(join(dir, file));
      await failure(dir, 'AUR_BUNDLE_MISSING', join(dir, file), 'no such file');
    });

  it('lacks the int8 model that was asked for', async () => {
    const dir = await folder();
    await expect(readBundle(dir, { precision: 'int8' })).rejects.toMatchObject({
      code: 'AUR_BUNDLE_MISSING',
      message: expect.stringContaining('model.int8.onnx'),
    });
  });
});

describe('a bundle.json that is refused', () => {
  const described = async (text: string) => {
    const dir = await folder();
    await writeFile(join(dir, 'bundle.json'), text);
    return dir;
  };
  const changed = (change: object) => described(JSON.stringify({ ...DESCRIPTION, ...change }));

  it('is no JSON', async () => failure(await described('{"version": 1,'), 'AUR_BUNDLE_NOT_JSON', 'bundle.json'));
  it('is no object', async () => failure(await described('[]'), 'AUR_BUNDLE_SCHEMA', 'expected object'));
  it('has an unknown key', async () =>
    failure(await changed({ sampelRate: 8000 }), 'AUR_BUNDLE_SCHEMA', 'sampelRate', 'unknown key', '8000'));
  it('has an unknown key further down', async () =>
    failure(
      await changed({ vocabulary: { ...DESCRIPTION.vocabulary, sise: 4 } }),
      'AUR_BUNDLE_SCHEMA',
      'vocabulary.sise',
      'seen 4',
    ));
  it('is of a later version', async () =>
    failure(await changed({ version: 2 }), 'AUR_BUNDLE_SCHEMA', 'version', 'seen 2', '1'));
  it('lacks a key', async () =>
    failure(await changed({ name: undefined }), 'AUR_BUNDLE_SCHEMA', 'name', 'seen missing'));
  it('has a value of the wrong kind', async () =>
    failure(await changed({ chunkFrames: '32' }), 'AUR_BUNDLE_SCHEMA', 'chunkFrames', 'expected number', 'seen "32"'));
  it('names features that we do not compute', async () =>
    failure(
      await changed({ features: { kind: 'fbank', sampleRate: 8000, melBins: 80 } }),
      'AUR_BUNDLE_SCHEMA',
      'features.sampleRate',
      'seen 8000',
      '16000',
    ));
  for (const [key, change] of Object.entries({
    chunkFrames: { chunkFrames: 16 },
    chunkShift: { chunkShift: 16 },
    subsampling: { subsampling: 8 },
    'vocabulary.size': { vocabulary: { kind: 'words', size: 9 } },
  }))
    it(`says another ${key} than the model`, async () =>
      failure(await changed(change), 'AUR_BUNDLE_MISMATCH', 'bundle.json', key, 'model.onnx'));
  it('is not written either', () =>
    expect(writeBundle(join(root, 'unwritten'), { ...DESCRIPTION, chunkFrames: 0 }, TOKENS)).rejects.toMatchObject({
      code: 'AUR_BUNDLE_SCHEMA',
    }));
});

describe('a model that is refused', () => {
  it('is no ONNX file', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'model.onnx'), 'version https://git-lfs.github.com/spec/v1\n');
    await failure(dir, 'AUR_ONNX_INVALID', join(dir, 'model.onnx'));
  });

  it('is empty', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'model.onnx'), '');
    await failure(dir, 'AUR_ONNX_INVALID', 'model.onnx');
  });

  it('is cut anywhere: a coded error that names the file, whatever part is missing', async () => {
    const dir = await folder();
    const path = join(dir, 'model.onnx');
    const whole = await readFile(path);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        await writeFile(path, whole.subarray(0, length));
        await readBundle(dir).then(
          () => expect.unreachable(`${length} of ${whole.length} bytes were read as a model`),
          (error) => {
            expect(error.code).toMatch(/^AUR_(ONNX|BUNDLE)_/);
            expect(error.message).toContain(path);
          },
        );
      }),
    );
  });

  for (const key of Object.keys(hollowModel().metadata)) {
    it(`lacks the metadata ${key}`, async () =>
      failure(
        await folder((model) => {
          delete model.metadata[key];
        }),
        'AUR_BUNDLE_METADATA',
        'model.onnx',
        key,
        'missing',
      ));
  }

  it('has metadata that is no number', async () =>
    failure(
      await folder((model) => {
        model.metadata.window_size = 'many';
      }),
      'AUR_BUNDLE_METADATA',
      'window_size',
      '"many"',
    ));

  it('moves on by more than it takes', async () =>
    failure(
      await folder((model) => {
        model.metadata.chunk_shift = '40';
      }),
      'AUR_BUNDLE_METADATA',
      'chunk_shift is 40',
      'at most window_size (32)',
    ));

  it('has an input too few', async () =>
    failure(
      await folder((model) => {
        model.graph.inputs.pop();
      }),
      'AUR_BUNDLE_INTERFACE',
      'number of inputs is 4',
      'cache_last_channel_len',
    ));

  it('has an output too many', async () =>
    failure(
      await folder((model) => {
        model.graph.outputs.push({ name: 'more', type: 'float32', dims: ['N'] });
      }),
      'AUR_BUNDLE_INTERFACE',
      'number of outputs is 6',
      'more',
    ));

  it('takes something else than 80 mel bins', async () =>
    failure(
      await folder((model) => {
        model.graph.inputs[0].dims = ['N', 64, SIZES.window];
      }),
      'AUR_BUNDLE_INTERFACE',
      'audio_signal',
      'float32 [N, 64, 32]',
      'float32 [*, 80, 32]',
    ));

  it('has caches of other sizes than its metadata say', async () =>
    failure(
      await folder((model) => {
        model.metadata.cache_last_time_dim3 = '5';
      }),
      'AUR_BUNDLE_INTERFACE',
      'cache_last_time',
    ));
});

describe('tokens that are refused', () => {
  const withTokens = async (text: string) => {
    const dir = await folder();
    await writeFile(join(dir, 'tokens.txt'), text);
    return dir;
  };
  it('are fewer than the model gives log-probs for', async () =>
    failure(await withTokens('<blk> 0\n▁ 1\na 2\n'), 'AUR_BUNDLE_TOKENS', 'tokens.txt', '3 tokens', '4'));
  it('are more', async () =>
    failure(await withTokens('<blk> 0\n▁ 1\na 2\nb 3\nc 4\n'), 'AUR_BUNDLE_TOKENS', '5 tokens', 'vocab_size 3'));
  it('have no blank', async () =>
    failure(await withTokens('x 0\n▁ 1\na 2\nb 3\n'), 'AUR_BUNDLE_TOKENS', 'tokens.txt', '<blk>'));
  it('have a line that is none', async () => failure(await withTokens('<blk> 0\nx\n'), 'AUR_BUNDLE_TOKENS', 'line 2'));
  it('are not written either', () =>
    expect(writeBundle(join(root, 'unwritten'), DESCRIPTION, { symbols: ['<blk>'], blankId: 0 })).rejects.toMatchObject(
      {
        code: 'AUR_BUNDLE_TOKENS',
      },
    ));
});

describe('vocabularyKind', () => {
  it.each([
    ['characters', ['▁', 'a', '𝄞']],
    ['words', ['▁no', '▁yes']],
    ['bpe', ['▁', 'a', 'b', 'ab', '▁ab']],
    ['bpe', ['▁', 'a', '<0x00>']],
  ])('is %s for %j', (kind, symbols) => {
    expect(vocabularyKind({ symbols: ['<blk>', ...symbols], blankId: 0 })).toBe(kind);
  });
});
