/** Whole utterances go in, the log-probs of each come out: one ONNX Runtime session, one utterance a run, nothing carried over. */
import type { Bundle } from '@auricle/bundle';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { servingError } from './errors.js';
import { frameSizeOf } from './model-inputs.js';
import type { LogProbs } from './results.js';
import type { RunTrial } from './run-cost.js';
import { LOG_SILENCE, type ModelRow, type ModelState, SESSION_OPTIONS } from './streaming-model.js';

/** Lengths that a model is tried out with, feature frames; no multiples of its subsampling. */
const TRIED = [31, 58];

export class UtteranceModel {
  /** none: what a run takes depends on the utterance */
  readonly trials: RunTrial[] = [];
  private readonly frameSize: number;

  private constructor(
    private readonly session: InferenceSession,
    private readonly model: Bundle['interface'],
  ) {
    this.frameSize = frameSizeOf(model.frontEnd);
  }

  /** Loads the model and runs it on silence of two lengths, so that one that does not do what its interface says is refused here.
   *  @throws AUR_SERVING_MODEL */
  static async load(bundle: Pick<Bundle, 'modelPath' | 'interface'>): Promise<UtteranceModel> {
    let session: InferenceSession | undefined;
    try {
      session = await InferenceSession.create(bundle.modelPath, SESSION_OPTIONS);
      const model = new UtteranceModel(session, bundle.interface);
      for (const frames of TRIED) await model.tryOut(frames);
      return model;
    } catch (cause) {
      await session?.release();
      const reason = (cause as Error).message;
      throw servingError('AUR_SERVING_MODEL', { model: bundle.modelPath, reason }, { cause });
    }
  }

  newState(): ModelState {
    return { caches: [], frames: 0 };
  }

  /** @returns the log-probs of each row
   *  @throws whatever the session throws, and AUR_SERVING_OUTPUT */
  async run(rows: readonly ModelRow[]): Promise<LogProbs[]> {
    const results: LogProbs[] = [];
    for (const { chunk } of rows) results.push(await this.runOne(chunk));
    return results;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  /** @param utterance row-major [frames, values of a frame] */
  private async runOne(utterance: Float32Array): Promise<LogProbs> {
    const frames = utterance.length / this.frameSize;
    const [x, lengths] = this.session.inputNames;
    const results = await this.session.run({
      // A copy: a stream's frames may be a part of a larger buffer.
      [x]: new Tensor('float32', utterance.slice(), [1, frames, this.frameSize]),
      [lengths]: new Tensor('int64', BigInt64Array.of(BigInt(frames)), [1]),
    });
    const [logProbs, ends] = this.session.outputNames.map((name) => results[name]);
    const vocabulary = this.model.vocabSize + 1;
    const { type, dims } = logProbs;
    if (type !== 'float32' || dims.length !== 3 || dims[0] !== 1 || dims[2] !== vocabulary)
      throw servingError('AUR_SERVING_OUTPUT', {
        seen: `${type} [${dims.join(', ')}]`,
        expected: `float32 [1, frames, ${vocabulary}]`,
      });
    const heard = Number(ends.data[0]);
    if (!(heard >= 0 && heard <= dims[1]))
      throw servingError('AUR_SERVING_OUTPUT', {
        seen: `${heard} output frames`,
        expected: `at most the ${dims[1]} that there are`,
      });
    return { frames: heard, values: (logProbs.data as Float32Array).slice(0, heard * vocabulary) };
  }

  /** Silence gives numbers.
   *  @throws AUR_SERVING_OUTPUT */
  private async tryOut(frames: number): Promise<void> {
    const { values } = await this.runOne(new Float32Array(frames * this.frameSize).fill(LOG_SILENCE));
    if (values.some(Number.isNaN))
      throw servingError('AUR_SERVING_OUTPUT', { seen: 'NaN for silence', expected: 'log-probs that are numbers' });
  }
}
