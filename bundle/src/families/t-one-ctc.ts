/** Metadata of a T-one model (CTC on telephone audio) go in, its interface comes out: it takes samples, and its one cache is of half precision. */
import type { FamilyReader } from '../interface.js';
import { outputFrames, vocabularyOf } from '../vocabulary-size.js';

/** An output frame of the published model, ms. */
const FRAME_MS = 30;

export const toneCtc: FamilyReader = {
  family: 't-one-ctc',
  keys: ['frame_length_ms', 'state_dim', 'sample_rate'],
  read(metadata, header, tokenCount) {
    const [sampleRate, chunkMs] = [metadata.count('sample_rate'), metadata.count('frame_length_ms')];
    const windowSize = outputFrames(header) ?? Math.max(1, Math.round(chunkMs / FRAME_MS));
    const frameSamples = (sampleRate * chunkMs) / 1000 / windowSize;
    if (!Number.isInteger(frameSamples))
      metadata.refuse('frame_length_ms', chunkMs, `${windowSize} output frames of whole samples at ${sampleRate} Hz`);
    return {
      family: 't-one-ctc',
      frontEnd: { kind: 'samples', sampleRate, frameSamples },
      windowSize,
      chunkShift: windowSize,
      hearsWhole: false,
      subsamplingFactor: 1,
      vocabSize: vocabularyOf(header, metadata.file, tokenCount) - 1,
      inputs: [
        { role: 'chunk', layout: 'pcm16' },
        { role: 'state', state: 0 },
      ],
      states: [{ name: 'state', type: 'float16', dims: [1, metadata.count('state_dim')], batchAxis: 0, output: 1 }],
      outputCount: 2,
      takesBatches: true,
    };
  },
};
