/** Metadata of a streaming CTC model exported from WeNet go in, its interface comes out: the caller keeps count of the frames and masks what there is not yet. */
import { FBANK } from '@auricle/audio';
import type { FamilyReader } from '../interface.js';

/** What sherpa-onnx takes when it is not told, in output frames and in chunks. */
const CHUNK = 16;
const LEFT_CHUNKS = 4;
/** WeNet computes its features on 16-bit samples. */
const GAIN = 32_768;

export const wenetCtc: FamilyReader = {
  family: 'wenet-ctc',
  keys: ['head', 'num_blocks', 'output_size', 'cnn_module_kernel', 'right_context', 'subsampling_factor', 'vocab_size'],
  read(metadata) {
    const [head, blocks, width] = ['head', 'num_blocks', 'output_size'].map((key) => metadata.count(key));
    if (width % head !== 0) metadata.refuse('output_size', width, `a multiple of head (${head})`);
    const kernel = metadata.count('cnn_module_kernel');
    const subsamplingFactor = metadata.count('subsampling_factor');
    const chunk = metadata.count('chunk_size', CHUNK);
    const past = chunk * metadata.count('left_chunks', LEFT_CHUNKS);
    const windowSize = (chunk - 1) * subsamplingFactor + metadata.count('right_context') + 1;
    const chunkShift = chunk * subsamplingFactor;
    if (chunkShift > windowSize)
      metadata.refuse(
        'right_context',
        windowSize - 1 - (chunk - 1) * subsamplingFactor,
        `at least ${subsamplingFactor - 1}`,
      );
    return {
      family: 'wenet-ctc',
      frontEnd: { kind: 'fbank', sampleRate: FBANK.sampleRate, melBins: FBANK.melBins, gain: GAIN },
      windowSize,
      chunkShift,
      hearsWhole: false,
      subsamplingFactor,
      vocabSize: metadata.count('vocab_size') - 1,
      inputs: [
        { role: 'chunk', layout: 'frames-bins' },
        { role: 'offset', start: past },
        { role: 'constant', value: past },
        { role: 'state', state: 0 },
        { role: 'state', state: 1 },
        { role: 'mask', past, chunk },
      ],
      states: [
        { name: 'attn_cache', type: 'float32', dims: [blocks, head, past, (width / head) * 2], output: 1 },
        { name: 'conv_cache', type: 'float32', dims: [blocks, 1, width, kernel - 1], output: 2 },
      ],
      outputCount: 3,
      takesBatches: false,
    };
  },
};
