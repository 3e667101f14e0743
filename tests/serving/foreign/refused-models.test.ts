/** Models that are not what they say are refused at load, each with what was expected and what was found, and nothing else falls. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel, floatTensor, type OnnxModel, readBundle } from '@auricle/bundle';
import { createEngine, transcribeSamples } from '@auricle/serving';
import onnxProto from 'onnx-proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { burstsOfSound } from '../fixtures/tiny-model.js';
import { FAMILIES, randomModel, type StreamingFamily, writeModel } from './random-models.js';

let root: string;
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-refused-'));
});
afterAll(() => rm(root, { recursive: true }));

const folder = () => join(root, `${folders++}`);

/** Reading alone, without ONNX Runtime, refuses it. */
const unread = async (dir: string, code: string, ...told: string[]) => {
  const error = await readBundle(dir).then(
    () => expect.unreachable(`${dir} was read`),
    (reason) => reason,
  );
  expect(error.code).toBe(code);
  for (const text of [join(dir, 'model.onnx'), ...told]) expect(error.message).toContain(text);
};

/** Reading sees nothing, the session or its first run does. */
const unloaded = async (dir: string, ...told: string[]) => {
  const error = await createEngine({ bundle: dir }).then(
    () => expect.unreachable(`${dir} was loaded`),
    (reason) => reason,
  );
  expect(error.code).toBe('AUR_SERVING_MODEL');
  for (const text of [join(dir, 'model.onnx'), ...told]) expect(error.message).toContain(text);
};

const shapeless = (model: OnnxModel) => {
  for (const value of [...model.graph.inputs, ...model.graph.outputs])
    value.dims = value.dims.map((_, axis) => `${value.name}_${axis}`);
};

describe.each(FAMILIES)('a %s model', (family) => {
  const optional = ['model_type', 'version', 'chunk_size', 'left_chunks'];
  it.each(Object.keys(randomModel(family).metadata).filter((key) => !optional.includes(key)))(
    'without the metadata %s',
    async (key) =>
      unread(
        await writeModel(folder(), family, ({ metadata }) => delete metadata[key]),
        'AUR_BUNDLE_METADATA',
        key,
        'missing',
      ),
  );

  it('with an input too few, and one too many', async () => {
    const { length } = randomModel(family).graph.inputs;
    const few = await writeModel(folder(), family, ({ graph }) => graph.inputs.pop());
    await unread(few, 'AUR_BUNDLE_INTERFACE', `number of inputs is ${length - 1}`, `expected ${length} (`);
    const many = await writeModel(folder(), family, ({ graph }) =>
      graph.inputs.push({ name: 'more', type: 'float32', dims: [1] }),
    );
    await unread(many, 'AUR_BUNDLE_INTERFACE', `number of inputs is ${length + 1}`);
  });

  it('with an output too few', async () =>
    unread(
      await writeModel(folder(), family, ({ graph }) => graph.outputs.pop()),
      'AUR_BUNDLE_INTERFACE',
      'number of outputs',
    ));

  it('with an input of another type', async () =>
    unread(
      await writeModel(folder(), family, ({ graph }) => {
        graph.inputs[0].type = 'float16';
      }),
      'AUR_BUNDLE_INTERFACE',
      'input 0',
      'float16 [',
    ));

  it('whose tokens do not match', async () => {
    const dir = await writeModel(folder(), family);
    await writeFile(join(dir, 'tokens.txt'), '<blk> 0\na 1\n');
    await expect(readBundle(dir)).rejects.toMatchObject({
      code: 'AUR_BUNDLE_TOKENS',
      message: expect.stringMatching(/tokens\.txt: 2 tokens; expected 8/),
    });
  });

  it('with a weight that is no number', async () =>
    unread(
      await writeModel(folder(), family, ({ graph }) => {
        const weights = graph.initializers.find(({ name }) => name === 'w_out')!;
        weights.data = new Uint8Array(weights.data);
        new DataView(weights.data.buffer).setUint32(8, 0x7fc00001, true);
      }),
      'AUR_BUNDLE_NAN',
      'w_out holds 1 values',
      'expected none',
    ));

  it('that is cut short', async () => {
    const dir = await writeModel(folder(), family);
    const whole = await readFile(join(dir, 'model.onnx'));
    for (const part of [0.1, 0.5, 0.9, 0.999]) {
      await writeFile(join(dir, 'model.onnx'), whole.subarray(0, Math.floor(part * whole.length)));
      await expect(readBundle(dir)).rejects.toMatchObject({ code: expect.stringMatching(/^AUR_(ONNX|BUNDLE)_/) });
    }
  });

  it('with an operator that there is not', async () =>
    unloaded(
      await writeModel(folder(), family, ({ graph }) => {
        graph.nodes[0].op = 'Recognise';
      }),
      'Recognise',
    ));

  it('of an operator set that there is not yet', async () =>
    unloaded(
      await writeModel(folder(), family, (model) => {
        model.opsets[''] = 99;
      }),
      '99',
    ));

  it('that gives NaN for silence', async () =>
    unloaded(
      await writeModel(folder(), family, ({ graph }) => {
        graph.nodes.find(({ op }) => op === 'LogSoftmax')!.inputs = ['not_a_number'];
        graph.initializers.push(floatTensor('below', [1], [-1]));
        const name = 'not_a_number';
        graph.nodes.unshift({
          name: 'root',
          op: 'Sqrt',
          domain: '',
          inputs: ['below'],
          outputs: ['nan'],
          attributes: {},
        });
        const at = graph.nodes.findIndex(({ op }) => op === 'LogSoftmax');
        graph.nodes.splice(at, 0, {
          name,
          op: 'Add',
          domain: '',
          inputs: ['logits', 'nan'],
          outputs: [name],
          attributes: {},
        });
      }),
      'NaN for silence',
    ));
});

describe('a batch axis in the wrong place', () => {
  const moved: [StreamingFamily, number, (number | string)[]][] = [
    ['nemo-ctc', 2, [2, 'N', 6, 10]],
    ['nemo-ctc', 0, [4, 80, 49]],
    ['zipformer2-ctc', 1, ['N', 8, 8]],
    ['zipformer2-ctc', 5, [16, 'N', 3]],
    ['wenet-ctc', 3, ['N', 2, 2, 12]],
    ['t-one-ctc', 1, [37, 'N']],
  ];
  it.each(moved)('of a %s model is seen in the shapes: input %i as %j', async (family, input, dims) =>
    unread(
      await writeModel(folder(), family, ({ graph }) => {
        graph.inputs[input].dims = dims;
      }),
      'AUR_BUNDLE_INTERFACE',
      `input ${input}`,
      `[${dims.join(', ')}]`,
    ),
  );

  it('is seen in a first run where the model tells no shapes', async () => {
    const dir = await writeModel(folder(), 'nemo-ctc', (model) => {
      shapeless(model);
      // Rows joined to one.
      const softmax = model.graph.nodes.find(({ op }) => op === 'LogSoftmax')!;
      model.graph.nodes.push({
        ...softmax,
        name: 'joined',
        op: 'ReduceMean',
        inputs: ['apart'],
        attributes: { axes: { ints: [0] } },
      });
      softmax.outputs = ['apart'];
    });
    await unloaded(dir, 'float32 [1, 8, 8]', 'float32 [2, frames, 8]');
  });
});

describe('a model of a batch of one', () => {
  it('is served one stream at a time', async () => {
    const dir = await writeModel(folder(), 'nemo-ctc', ({ graph }) => {
      for (const value of [...graph.inputs, ...graph.outputs])
        value.dims = value.dims.map((dim) => (dim === 'N' ? 1 : dim));
    });
    const free = await writeModel(folder(), 'nemo-ctc');
    const texts = async (bundle: string) => {
      const engine = await createEngine({ bundle });
      const recordings = [1, 2, 3, 4].map((seed) => ({ samples: burstsOfSound(seed, 16_000, 2), sampleRate: 16_000 }));
      const found = await Promise.all(recordings.map(async (pcm) => (await transcribeSamples(engine, pcm)).text));
      expect(engine.bundle.interface.takesBatches).toBe(bundle === free);
      await engine.close();
      return found;
    };
    expect(await texts(dir)).toEqual(await texts(free));
  });
});

describe('metadata', () => {
  it('of no family', async () =>
    unread(
      await writeModel(folder(), 'nemo-ctc', (model) => {
        model.metadata = { model_type: 'whisper', n_mels: '80' };
      }),
      'AUR_BUNDLE_FAMILY',
      'model_type, n_mels',
      'wenet-ctc (head',
    ));
  it('that ask for features of another kind', async () =>
    unread(
      await writeModel(folder(), 'zipformer2-ctc', ({ metadata }) => {
        metadata.feature = 'whisper';
      }),
      'AUR_BUNDLE_METADATA',
      'feature is "whisper"',
    ));
  it('whose lists are of different lengths', async () =>
    unread(
      await writeModel(folder(), 'zipformer2-ctc', ({ metadata }) => {
        metadata.num_heads = '2';
      }),
      'AUR_BUNDLE_METADATA',
      'num_heads is "2"',
      'expected 2 positive whole numbers',
    ));
  it('whose sizes make no whole samples', async () =>
    unread(
      await writeModel(folder(), 't-one-ctc', ({ metadata }) => {
        metadata.sample_rate = '8001';
      }),
      'AUR_BUNDLE_METADATA',
      '8001 Hz',
    ));
});

describe('external data', () => {
  const { onnx } = onnxProto;
  /** A model whose weights lie in another file. */
  async function external(location: string, length = 4): Promise<string> {
    const dir = await writeModel(folder(), 'nemo-ctc');
    const model = onnx.ModelProto.decode(encodeModel(randomModel('nemo-ctc')));
    const tensor = model.graph!.initializer!.find(({ name }) => name === 'w_out')!;
    tensor.rawData = new Uint8Array(0);
    tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    tensor.externalData = Object.entries({ location, offset: '0', length: `${length}` }).map(([key, value]) => ({
      key,
      value,
    }));
    await writeFile(join(dir, 'model.onnx'), onnx.ModelProto.encode(model).finish());
    return dir;
  }
  const weights = () =>
    Buffer.from(randomModel('nemo-ctc').graph.initializers.find(({ name }) => name === 'w_out')!.data);

  it('beside the model are read', async () => {
    const dir = await external('weights.bin', weights().length);
    await writeFile(join(dir, 'weights.bin'), weights());
    const engine = await createEngine({ bundle: dir });
    await engine.close();
  });
  it.each(['../weights.bin', '/etc/passwd', 'sub/../../weights.bin', '..\\weights.bin', ''])(
    'at "%s" are refused',
    async (location) => {
      const dir = await external(location);
      await writeFile(join(root, 'weights.bin'), weights());
      await unread(dir, 'AUR_BUNDLE_EXTERNAL', 'w_out', JSON.stringify(location), 'in the folder of the model');
    },
  );
  it('that are not there are refused', async () =>
    unread(await external('nowhere.bin'), 'AUR_BUNDLE_EXTERNAL', 'nowhere.bin', 'not there'));
  it('that a link leads out of the folder to are refused', async () => {
    const dir = await external('weights.bin');
    await mkdir(join(root, 'elsewhere'), { recursive: true });
    await writeFile(join(root, 'elsewhere', 'weights.bin'), weights());
    await symlink(join(root, 'elsewhere', 'weights.bin'), join(dir, 'weights.bin'));
    await unread(dir, 'AUR_BUNDLE_EXTERNAL', 'elsewhere');
  });
  it('that are too short are refused', async () => {
    const dir = await external('weights.bin', 1000);
    await writeFile(join(dir, 'weights.bin'), 'short');
    await unread(dir, 'AUR_BUNDLE_EXTERNAL', '5 bytes', 'at least 1000 bytes');
  });
});

describe('while a server is serving', () => {
  it('a model that is refused takes nothing along', async () => {
    const engine = await createEngine({ bundle: await writeModel(folder(), 'zipformer2-ctc') });
    const pcm = { samples: burstsOfSound(3, 16_000, 2), sampleRate: 16_000 };
    const before = await transcribeSamples(engine, pcm);
    const running = transcribeSamples(engine, pcm);
    await unloaded(
      await writeModel(folder(), 'zipformer2-ctc', (model) => {
        model.opsets[''] = 99;
      }),
    );
    expect(await running).toEqual(before);
    await engine.close();
  });
});
