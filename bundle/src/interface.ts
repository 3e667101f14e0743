/** An ONNX model's header goes in, the description of its interface comes out: which inputs are audio, which are caches, and of what size. */
import { bundleError } from './errors.js';
import { nemoCtc } from './families/nemo-ctc.js';
import { toneCtc } from './families/t-one-ctc.js';
import { wenetCtc } from './families/wenet-ctc.js';
import { isNonStreaming, zipformerCtc } from './families/zipformer-ctc.js';
import { zipformer2Ctc } from './families/zipformer2-ctc.js';
import { checkValues } from './interface-check.js';
import { Metadata } from './metadata.js';
import type { OnnxHeader } from './onnx.js';

/** Named as sherpa-onnx's recognisers are. */
export type ModelFamily = 'nemo-ctc' | 'zipformer2-ctc' | 'wenet-ctc' | 't-one-ctc' | 'zipformer-ctc';

/** What the model takes of the audio: one feature frame is `melBins` values, or as many samples. */
export type FrontEndSizes =
  | {
      kind: 'fbank';
      /** Hz */
      sampleRate: number;
      melBins: number;
      /** factor of the samples, which are in [-1, 1], before the features */
      gain: number;
    }
  | {
      kind: 'samples';
      /** Hz */
      sampleRate: number;
      frameSamples: number;
    };

/** How a chunk lies in its input: float32 [N, bins, frames], float32 [N, frames, bins], or 16-bit samples as int32 [N, samples, 1]. */
export type ChunkLayout = 'bins-frames' | 'frames-bins' | 'pcm16';

/** What an input of the model is filled with, in the order of the inputs. */
export type InputRole =
  | { role: 'chunk'; layout: ChunkLayout }
  /** a cache: an index into `states` */
  | { role: 'state'; state: number }
  /** int64 [N] */
  | { role: 'constant'; value: number }
  /** int64 [1]: `start` and the output frames so far */
  | { role: 'offset'; start: number }
  /** bool [1, 1, past + chunk]: which output frames of the past, and all of the chunk, there are */
  | { role: 'mask'; past: number; chunk: number };

/** A cache that one run hands to the next; a new stream's is zeros. */
export interface CacheSizes {
  /** for messages */
  name: string;
  type: 'float32' | 'float16' | 'int64';
  /** of one stream: 1 at the batch axis */
  dims: number[];
  /** none where streams cannot share a run */
  batchAxis?: number;
  /** place among the outputs of the cache that follows */
  output: number;
}

export interface ModelInterface {
  family: ModelFamily;
  frontEnd: FrontEndSizes;
  /** feature frames a run takes */
  windowSize: number;
  /** feature frames between the starts of two runs */
  chunkShift: number;
  /** a run is a whole utterance of up to `windowSize` frames, and nothing is carried to the next */
  hearsWhole: boolean;
  /** feature frames an output frame */
  subsamplingFactor: number;
  /** tokens without the blank */
  vocabSize: number;
  inputs: InputRole[];
  states: CacheSizes[];
  outputCount: number;
  /** whether several streams can share a run */
  takesBatches: boolean;
}

/** A family's reader: which metadata tell it from the others, and what they say. */
export interface FamilyReader {
  family: ModelFamily;
  /** metadata that every model of the family has */
  keys: readonly string[];
  /** @throws AUR_BUNDLE_METADATA, AUR_BUNDLE_INTERFACE */
  read(metadata: Metadata, header: OnnxHeader, tokenCount: number | undefined): ModelInterface;
}

const FAMILIES: readonly FamilyReader[] = [nemoCtc, zipformer2Ctc, wenetCtc, toneCtc];

/** @param file names the model in errors
 *  @param tokenCount tokens with the blank, for models that leave their number open
 *  @throws AUR_BUNDLE_METADATA for a missing or bad key, AUR_BUNDLE_INTERFACE for inputs or outputs that are not the family's */
export function readInterface(header: OnnxHeader, file: string, tokenCount?: number): ModelInterface {
  const metadata = new Metadata(header.metadata, file);
  const found = familyOf(metadata).read(metadata, header, tokenCount);
  const takesBatches = checkValues(header, found, file);
  return { ...found, takesBatches: found.takesBatches && takesBatches };
}

/** The family with the largest part of its keys there, so that a model which lacks one is told which. */
function familyOf(metadata: Metadata): FamilyReader {
  if (isNonStreaming(metadata.text('comment'))) return zipformerCtc;
  const share = ({ keys }: FamilyReader) => keys.filter((key) => metadata.text(key) !== undefined).length / keys.length;
  const best = FAMILIES.reduce((most, family) => (share(family) > share(most) ? family : most));
  if (share(best) > 0) return best;
  const seen = Object.keys(metadata.values).slice(0, 12).join(', ') || 'none';
  throw bundleError('AUR_BUNDLE_FAMILY', {
    file: metadata.file,
    seen,
    expected: FAMILIES.map(({ family, keys }) => `${family} (${keys.slice(0, 2).join(', ')}, …)`).join(', '),
  });
}
