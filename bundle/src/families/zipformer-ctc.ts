/** Metadata of a model for sherpa-onnx's offline Zipformer CTC recogniser go in, its interface comes out: whole utterances, no caches. Our own models of
 *  full context have it too. */
import { FBANK } from '@auricle/audio';
import type { FamilyReader } from '../interface.js';
import { vocabularyOf } from '../vocabulary-size.js';

const SUBSAMPLING = 4;
/** Feature frames of the longest utterance, where the model does not say: 30 s, about what such models are trained on. */
const LONGEST = 3000;

export const zipformerCtc: FamilyReader = {
  family: 'zipformer-ctc',
  keys: ['model_type', 'comment'],
  read(metadata, header, tokenCount) {
    const windowSize = metadata.count('longest_utterance', LONGEST);
    return {
      family: 'zipformer-ctc',
      frontEnd: { kind: 'fbank', sampleRate: FBANK.sampleRate, melBins: FBANK.melBins, gain: 1 },
      windowSize,
      chunkShift: windowSize,
      hearsWhole: true,
      subsamplingFactor: metadata.count('subsampling_factor', SUBSAMPLING),
      vocabSize: vocabularyOf(header, metadata.file, tokenCount) - 1,
      inputs: [
        { role: 'chunk', layout: 'frames-bins' },
        { role: 'constant', value: windowSize },
      ],
      states: [],
      outputCount: 2,
      // Padding one utterance to the length of another costs more than a run of its own.
      takesBatches: false,
    };
  },
};

/** icefall's scripts say it in words alone. */
export const isNonStreaming = (comment: string | undefined): boolean => /^non-?streaming\b/i.test(comment ?? '');
