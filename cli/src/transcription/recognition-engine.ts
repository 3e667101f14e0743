/** Options of a command that transcribes recordings go in, an engine with all its workers comes out. */
import { availableParallelism } from 'node:os';
import { createEngine, type Engine } from '@auricle/serving';
import { decodingOf, warnOfHotwords } from '../decoding-options.js';
import { modelFolder } from '../models/store.js';
import { writtenFormOf } from '../text-options.js';
import type { RecognitionFlags } from './options.js';

/** Hotwords that cannot be used are told.
 *  @throws as `createEngine`, `decodingOf` and `modelFolder` */
export async function recognitionEngine(flags: RecognitionFlags): Promise<Engine> {
  const decoding = await decodingOf(flags);
  const engine = await createEngine({
    bundle: await modelFolder(flags.model),
    precision: flags.float ? 'float' : undefined,
    workers: flags.workers ?? availableParallelism(),
    maxStreams: Number.MAX_SAFE_INTEGER,
    decoding,
    writtenForm: writtenFormOf(flags),
  });
  warnOfHotwords(engine, decoding);
  return engine;
}
