/** Metadata of a streaming Zipformer2 CTC model of icefall go in, its interface comes out: six caches a layer, with the batch on two different axes. */
import { FBANK } from '@auricle/audio';
import type { CacheSizes, FamilyReader } from '../interface.js';
import type { Metadata } from '../metadata.js';
import { vocabularyOf } from '../vocabulary-size.js';

/** The front part of the network halves the frames, its end does so again. */
const SUBSAMPLING = 4;
/** What the convolutions of the front part keep: channels, frames, bins. */
const EMBEDDING = [128, 3, 19];

const STACKS = [
  'encoder_dims',
  'query_head_dims',
  'value_head_dims',
  'num_heads',
  'num_encoder_layers',
  'cnn_module_kernels',
  'left_context_len',
];

export const zipformer2Ctc: FamilyReader = {
  family: 'zipformer2-ctc',
  keys: ['encoder_dims', 'decode_chunk_len', 'T', ...STACKS.slice(1)],
  read(metadata, header, tokenCount) {
    const feature = metadata.text('feature') ?? '';
    if (feature !== '') metadata.refuse('feature', JSON.stringify(feature), 'none: models on Kaldi’s fbank');
    const windowSize = metadata.count('T');
    const states = cachesOf(metadata);
    return {
      family: 'zipformer2-ctc',
      frontEnd: { kind: 'fbank', sampleRate: FBANK.sampleRate, melBins: FBANK.melBins, gain: 1 },
      windowSize,
      chunkShift: metadata.shift('decode_chunk_len', 'T'),
      hearsWhole: false,
      subsamplingFactor: SUBSAMPLING,
      vocabSize: vocabularyOf(header, metadata.file, tokenCount) - 1,
      inputs: [
        { role: 'chunk', layout: 'frames-bins' },
        ...states.map((_, state) => ({ role: 'state' as const, state })),
      ],
      states,
      outputCount: 1 + states.length,
      takesBatches: true,
    };
  },
};

/** A stack of layers shares its sizes; the caches follow each other layer after layer. */
function cachesOf(metadata: Metadata): CacheSizes[] {
  const stacks = metadata.counts('encoder_dims').length;
  const [dims, queryDims, valueDims, heads, layers, kernels, left] = STACKS.map((key) => metadata.counts(key, stacks));
  const caches: CacheSizes[] = [];
  const add = (name: string, sizes: number[], batchAxis: number, type: CacheSizes['type'] = 'float32') =>
    caches.push({ name, type, dims: sizes, batchAxis, output: 1 + caches.length });
  let layer = 0;
  for (let stack = 0; stack < stacks; stack++) {
    const [context, kernelHalf] = [left[stack], Math.floor(kernels[stack] / 2)];
    const values = valueDims[stack] * heads[stack];
    for (const end = layer + layers[stack]; layer < end; layer++) {
      add(`cached_key_${layer}`, [context, 1, queryDims[stack] * heads[stack]], 1);
      add(`cached_nonlin_attn_${layer}`, [1, 1, context, Math.floor((3 * dims[stack]) / 4)], 1);
      add(`cached_val1_${layer}`, [context, 1, values], 1);
      add(`cached_val2_${layer}`, [context, 1, values], 1);
      add(`cached_conv1_${layer}`, [1, dims[stack], kernelHalf], 0);
      add(`cached_conv2_${layer}`, [1, dims[stack], kernelHalf], 0);
    }
  }
  add('embed_states', [1, ...EMBEDDING], 0);
  add('processed_lens', [1], 0, 'int64');
  return caches;
}
