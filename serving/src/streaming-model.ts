/** Chunks of several streams with their caches go in, log-probs of each come out: one ONNX Runtime session run in batches. */
import type { Bundle, ChunkLayout } from '@auricle/bundle';
import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { type CacheLayout, type CacheView, gather, layoutOf, newCaches, scatter } from './cache-copies.js';
import { servingError } from './errors.js';
import {
  type BatchMemory,
  type BatchTensors,
  batchMemory,
  batchTensors,
  frameSizeOf,
  layoutOfChunk,
  putChunk,
} from './model-inputs.js';
import type { LogProbs } from './results.js';
import type { RunTrial } from './run-cost.js';

/** What a stream carries from one run to the next; a new stream's is zeros. */
export interface ModelState {
  /** in the order of the interface's `states` */
  caches: CacheView[];
  /** output frames so far */
  frames: number;
}

export interface ModelRow {
  /** row-major [window, values of a frame] */
  chunk: Float32Array;
  /** replaced by the next caches when the run succeeds, untouched when it fails */
  state: ModelState;
}

/** One thread, which never spins: threads are the workers' business, and an idle server must idle. */
export const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // Blocks that were just let go are taken again, and are still in the processor's cache: a plan for all at once is slower.
  enableMemPattern: false,
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

export class StreamingModel {
  private readonly batches = new Map<number, BatchTensors>();
  private readonly layouts: CacheLayout[];
  private readonly chunkLayout: ChunkLayout;
  private readonly frameSize: number;
  private memory: BatchMemory;
  /** what runs took when the model was tried out */
  readonly trials: RunTrial[] = [];

  private constructor(
    private readonly session: InferenceSession,
    private readonly model: Bundle['interface'],
  ) {
    this.layouts = model.states.map(layoutOf);
    this.chunkLayout = layoutOfChunk(model.inputs);
    this.frameSize = frameSizeOf(model.frontEnd);
    this.memory = batchMemory(model, this.layouts, 1);
  }

  /** Loads the model and runs it on silence, alone and in company, so that the first streams pay for neither and a model that does not
   *  do what its interface says is refused here.
   *  @throws AUR_SERVING_MODEL */
  static async load(bundle: Pick<Bundle, 'modelPath' | 'interface'>): Promise<StreamingModel> {
    let session: InferenceSession | undefined;
    try {
      session = await InferenceSession.create(bundle.modelPath, SESSION_OPTIONS);
      const model = new StreamingModel(session, bundle.interface);
      for (const rows of bundle.interface.takesBatches ? TRIAL_SIZES : [1]) await model.tryOut(rows);
      return model;
    } catch (cause) {
      await session?.release();
      const reason = (cause as Error).message;
      throw servingError('AUR_SERVING_MODEL', { model: bundle.modelPath, reason }, { cause });
    }
  }

  newState(): ModelState {
    return { caches: newCaches(this.layouts), frames: 0 };
  }

  /** Runs the rows as one batch; a model that takes no batches gets them one after the other.
   *  @returns the log-probs of each row, copies
   *  @throws whatever the session throws, and AUR_SERVING_OUTPUT; all states are then as before */
  async run(rows: readonly ModelRow[]): Promise<LogProbs[]> {
    if (rows.length === 1 || this.model.takesBatches) return this.runBatch(rows);
    // Copies, so that one that fails leaves those before it as they were.
    const copies = rows.map(({ chunk, state: { caches, frames } }) => ({
      chunk,
      state: { caches: caches.map((cache) => cache.slice()), frames },
    }));
    const results: LogProbs[] = [];
    for (const copy of copies) results.push(...(await this.runBatch([copy])));
    rows.forEach(({ state }, i) => {
      Object.assign(state, copies[i].state);
    });
    return results;
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private async runBatch(rows: readonly ModelRow[]): Promise<LogProbs[]> {
    const n = rows.length;
    const tensors = this.tensorsFor(n);
    for (let row = 0; row < n; row++) {
      const { chunk, state } = rows[row];
      putChunk(this.chunkLayout, chunk, this.frameSize, row, tensors.chunk);
      for (let i = 0; i < this.layouts.length; i++) gather(this.layouts[i], state.caches[i], row, n, tensors.before[i]);
    }
    if (!this.model.takesBatches) tensors.setFrames(rows[0].state.frames);
    const results = await this.session.run(tensors.feeds, tensors.fetches);
    const logProbs = results[this.session.outputNames[0]];
    const [, frames, columns] = this.checked(logProbs, n);
    const values = logProbs.data as Float32Array;
    return rows.map(({ state }, row) => {
      for (let i = 0; i < this.layouts.length; i++) scatter(this.layouts[i], tensors.after[i], row, n, state.caches[i]);
      state.frames += frames;
      return { frames, values: values.slice(row * frames * columns, (row + 1) * frames * columns) };
    });
  }

  /** @throws AUR_SERVING_OUTPUT */
  private checked({ type, dims }: Tensor, rows: number): readonly number[] {
    const vocabulary = this.model.vocabSize + 1;
    if (type === 'float32' && dims.length === 3 && dims[0] === rows && dims[2] === vocabulary) return dims;
    throw servingError('AUR_SERVING_OUTPUT', {
      seen: `${type} [${dims.join(', ')}]`,
      expected: `float32 [${rows}, frames, ${vocabulary}]`,
    });
  }

  /** Silence, as log-mel frames have it, gives numbers.
   *  @throws AUR_SERVING_OUTPUT */
  private async tryOut(rows: number): Promise<void> {
    const chunk = new Float32Array(this.model.windowSize * this.frameSize);
    if (this.model.frontEnd.kind === 'fbank') chunk.fill(LOG_SILENCE);
    const batch = Array.from({ length: rows }, () => ({ chunk, state: this.newState() }));
    const found = await this.runBatch(batch);
    if (found.some(({ values }) => values.some(Number.isNaN)))
      throw servingError('AUR_SERVING_OUTPUT', { seen: 'NaN for silence', expected: 'log-probs that are numbers' });
    // The quickest run tells what the model costs, the others what else the machine does.
    let ms = Number.POSITIVE_INFINITY;
    const begun = performance.now();
    for (let run = 0; run < MOST_TRIALS && (run === 0 || performance.now() - begun < TRIAL_MS); run++) {
      const started = performance.now();
      await this.runBatch(batch);
      ms = Math.min(ms, performance.now() - started);
    }
    this.trials.push({ size: rows, ms });
  }

  private tensorsFor(n: number): BatchTensors {
    let tensors = this.batches.get(n);
    if (!tensors) {
      if (n > this.memory.rows) {
        this.memory = batchMemory(this.model, this.layouts, Math.max(n, 2 * this.memory.rows));
        this.batches.clear();
      }
      tensors = batchTensors(this.model, this.layouts, this.session, this.memory, n);
      this.batches.set(n, tensors);
    }
    return tensors;
  }
}

/** Chunks in the runs that a model is tried out with, and how often each is timed. */
const TRIAL_SIZES = [1, 2, 8];
const MOST_TRIALS = 5;
/** after which no other is begun */
const TRIAL_MS = 100;

/** The floor of Kaldi's log-mel energies. */
export const LOG_SILENCE = Math.log(2 ** -23);
