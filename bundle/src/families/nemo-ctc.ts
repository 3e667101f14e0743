/** Metadata of a model for sherpa-onnx's online NeMo CTC recogniser go in, its interface comes out. Our own models have it too. */
import { FBANK } from '@auricle/audio';
import type { FamilyReader } from '../interface.js';

const threeOf = (prefix: string) => [1, 2, 3].map((place) => `${prefix}_dim${place}`);
const CHANNEL = threeOf('cache_last_channel');
const TIME = threeOf('cache_last_time');

export const nemoCtc: FamilyReader = {
  family: 'nemo-ctc',
  keys: ['window_size', 'chunk_shift', 'subsampling_factor', 'vocab_size', ...CHANNEL, ...TIME],
  read(metadata) {
    const windowSize = metadata.count('window_size');
    const dims = (keys: readonly string[]) => [1, ...keys.map((key) => metadata.count(key))];
    return {
      family: 'nemo-ctc',
      frontEnd: { kind: 'fbank', sampleRate: FBANK.sampleRate, melBins: FBANK.melBins, gain: 1 },
      windowSize,
      chunkShift: metadata.shift('chunk_shift', 'window_size'),
      hearsWhole: false,
      subsamplingFactor: metadata.count('subsampling_factor'),
      vocabSize: metadata.count('vocab_size'),
      inputs: [
        { role: 'chunk', layout: 'bins-frames' },
        { role: 'constant', value: windowSize },
        { role: 'state', state: 0 },
        { role: 'state', state: 1 },
        { role: 'state', state: 2 },
      ],
      states: [
        { name: 'cache_last_channel', type: 'float32', dims: dims(CHANNEL), batchAxis: 0, output: 2 },
        { name: 'cache_last_time', type: 'float32', dims: dims(TIME), batchAxis: 0, output: 3 },
        { name: 'cache_last_channel_len', type: 'int64', dims: [1], batchAxis: 0, output: 4 },
      ],
      outputCount: 5,
      takesBatches: true,
    };
  },
};
