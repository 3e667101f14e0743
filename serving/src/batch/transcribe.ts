/** Paths of recordings go in, their transcripts come out as they are done, with all cores: an async iterator that can be stopped. */
import { availableParallelism } from 'node:os';
import { type AuricleError, FBANK, type ReadOptions } from '@auricle/audio';
import { createEngine, type Engine, type EngineOptions } from '../engine.js';
import { asCoded, servingError } from '../errors.js';
import { ByteBudget } from './byte-budget.js';
import type { FileTranscript } from './file-transcript.js';
import { inParallel } from './in-parallel.js';
import { transcribeFile } from './transcribe-file.js';

/** A recording, or the part of one. */
export interface TranscriptionInput extends Pick<ReadOptions, 'offset' | 'duration' | 'raw'> {
  file: string;
}

export interface TranscriptionProgress {
  input: TranscriptionInput;
  file: string;
  /** seconds of audio handed on, all channels together */
  done: number;
  total: number;
}

export interface TranscribeOptions extends Partial<EngineOptions> {
  /** instead of one of its own, made of the other options (`bundle`, `workers`: default all cores, `decoding`, ...) */
  engine?: Engine;
  /** `mix` (default): the mean of all channels; `each`: one by one, as when each has a speaker of its own */
  channels?: 'mix' | 'each';
  /** recordings longer than this are cut at pauses and their pieces recognised side by side (default 120); 0: none is */
  cutSeconds?: number;
  /** recordings under way at a time (default 16 a worker, for which chunks are run together) */
  parallel?: number;
  /** memory for the pieces of long recordings (default 128 MiB) */
  pieceBytes?: number;
  /** texts for each segment, the best first, in `alternatives` (default 1: none but its own) */
  alternatives?: number;
  signal?: AbortSignal;
  onProgress?: (progress: TranscriptionProgress) => void;
}

/** Of one input: either a transcript or why there is none. */
export type FileResult<Input extends TranscriptionInput = TranscriptionInput> = {
  /** as it was given */
  input: Input;
  file: string;
  /** from reading it to its text */
  wallSeconds: number;
} & ({ transcript: FileTranscript; error?: undefined } | { transcript?: undefined; error: AuricleError });

const FILES_A_WORKER = 16;
const PIECE_BYTES = 128 * 2 ** 20;
export const DEFAULT_CUT_SECONDS = 120;

/** Results come in the order in which they are done. A recording that cannot be transcribed has an `error`; the others go on. Who stops the iteration,
 *  or aborts, stops the work.
 *  @example for await (const { file, transcript, error } of transcribe(['a.wav'], { bundle })) console.log(file, transcript?.text ?? error)
 *  @throws as `createEngine`; AUR_SERVING_OPTION; the signal's reason */
export async function* transcribe<Input extends TranscriptionInput>(
  inputs: Iterable<string | Input> | AsyncIterable<string | Input>,
  options: TranscribeOptions,
): AsyncGenerator<FileResult<Input | TranscriptionInput>> {
  const {
    engine: given,
    channels = 'mix',
    cutSeconds = DEFAULT_CUT_SECONDS,
    parallel,
    pieceBytes,
    alternatives,
    signal,
    onProgress,
    ...own
  } = options;
  check('cutSeconds', cutSeconds, cutSeconds === 0 || (cutSeconds >= 1 && cutSeconds <= 3600), '0, or 1 to 3600 s');
  check(
    'parallel',
    parallel,
    parallel === undefined || (Number.isInteger(parallel) && parallel >= 1),
    'a whole number from 1',
  );
  check('channels', channels, channels === 'mix' || channels === 'each', 'mix or each');
  const { bundle, workers = availableParallelism() } = own;
  if (!given && bundle === undefined)
    throw servingError('AUR_SERVING_OPTION', { option: 'bundle', seen: 'nothing', expected: 'a folder, or an engine' });
  signal?.throwIfAborted();
  const engine =
    given ?? (await createEngine({ maxStreams: Number.MAX_SAFE_INTEGER, ...own, bundle: bundle!, workers }));
  const stopped = new AbortController();
  const either = signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal;
  const pieceSeconds = cutFor(engine, cutSeconds);
  const budget = new ByteBudget(pieceBytes ?? PIECE_BYTES);
  const work = async (given: string | Input): Promise<FileResult<Input | TranscriptionInput>> => {
    const input: Input | TranscriptionInput = typeof given === 'string' ? { file: given } : given;
    const { file, offset, duration, raw } = input;
    const begun = performance.now();
    const wall = () => (performance.now() - begun) / 1000;
    try {
      const transcript = await transcribeFile(engine, file, {
        ...{ offset, duration, raw, channels, cutSeconds: pieceSeconds, alternatives, budget, signal: either },
        onProgress: onProgress && ((done, total) => onProgress({ input, file, done, total })),
      });
      return { input, file, wallSeconds: wall(), transcript };
    } catch (error) {
      return { input, file, wallSeconds: wall(), error: asCoded(error) };
    }
  };
  const results = inParallel(inputs, parallel ?? FILES_A_WORKER * workers, work, either);
  try {
    for (let next = await results.next(); !next.done; next = await results.next()) {
      signal?.throwIfAborted();
      yield next.value;
    }
    signal?.throwIfAborted();
  } finally {
    // First, for the results wait for what is under way.
    stopped.abort(servingError('AUR_SERVING_STOPPED'));
    await results.return(undefined);
    if (!given) await engine.close(0);
  }
}

/** A model that hears whole utterances gets none that it would have to cut, tail included. */
function cutFor({ bundle: { interface: model, description } }: Engine, cutSeconds: number): number {
  if (!model.hearsWhole) return cutSeconds;
  const longest = (model.windowSize * FBANK.hopSamples) / FBANK.sampleRate - description.tailSeconds;
  return Math.min(cutSeconds || Number.POSITIVE_INFINITY, longest);
}

function check(option: string, value: unknown, fits: boolean, expected: string): void {
  if (!fits) throw servingError('AUR_SERVING_OPTION', { option, seen: String(value), expected });
}
