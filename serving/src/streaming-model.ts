/** Chunks of several streams with their caches go in, log-probs of each come out: one ONNX Runtime session run in batches. */
import { FBANK } from '@auricle/audio';
import type { Bundle } from '@auricle/bundle';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { servingError } from './errors.js';
import type { LogProbs } from './results.js';

const { melBins } = FBANK;

/** A stream's caches between two runs; a new stream's are zeros. */
export interface ModelState {
  channel: Float32Array;
  time: Float32Array;
  channelLength: bigint;
}

export interface ModelRow {
  /** row-major [window, 80] */
  chunk: Float32Array;
  /** replaced by the next caches when the run succeeds, untouched when it fails */
  state: ModelState;
}

/** One thread, which never spins: threads are the workers' business, and an idle server must idle. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
};

/** The tensors of one batch size, filled anew for every run. */
interface BatchInputs {
  audio: Float32Array;
  channel: Float32Array;
  time: Float32Array;
  channelLength: BigInt64Array;
  feeds: Record<string, Tensor>;
}

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

export class StreamingModel {
  private readonly batches = new Map<number, BatchInputs>();
  private readonly channelSize: number;
  private readonly timeSize: number;

  private constructor(
    private readonly session: InferenceSession,
    private readonly sizes: Bundle['interface'],
  ) {
    this.channelSize = product(sizes.cacheChannelDims);
    this.timeSize = product(sizes.cacheTimeDims);
  }

  /** Loads the model and runs it once on silence, so that the first stream pays for neither.
   *  @throws AUR_SERVING_MODEL, AUR_SERVING_OUTPUT */
  static async load(bundle: Pick<Bundle, 'modelPath' | 'interface'>): Promise<StreamingModel> {
    try {
      const session = await InferenceSession.create(bundle.modelPath, SESSION_OPTIONS);
      const model = new StreamingModel(session, bundle.interface);
      const chunk = new Float32Array(bundle.interface.windowSize * melBins);
      await model.run([{ chunk, state: model.newState() }]);
      return model;
    } catch (cause) {
      const reason = (cause as Error).message;
      throw servingError('AUR_SERVING_MODEL', { model: bundle.modelPath, reason }, { cause });
    }
  }

  newState(): ModelState {
    return {
      channel: new Float32Array(this.channelSize),
      time: new Float32Array(this.timeSize),
      channelLength: 0n,
    };
  }

  /** Runs the rows as one batch.
   *  @returns the log-probs of each row, copies
   *  @throws whatever the session throws, and AUR_SERVING_OUTPUT; all states are then as before */
  async run(rows: readonly ModelRow[]): Promise<LogProbs[]> {
    const n = rows.length;
    const inputs = this.inputsFor(n);
    rows.forEach((row, i) => {
      this.gather(row, i, inputs);
    });
    const results = await this.session.run(inputs.feeds);
    const [logProbs, , channel, time, channelLength] = this.session.outputNames.map((name) => results[name]);
    const vocabulary = this.sizes.vocabSize + 1;
    const [batch, frames, columns] = logProbs.dims;
    if (batch !== n || columns !== vocabulary || logProbs.type !== 'float32')
      throw servingError('AUR_SERVING_OUTPUT', {
        seen: `${logProbs.type} [${logProbs.dims.join(', ')}]`,
        expected: `float32 [${n}, frames, ${vocabulary}]`,
      });
    const values = logProbs.data as Float32Array;
    const lengths = channelLength.data as BigInt64Array;
    return rows.map(({ state }, i) => {
      state.channel.set((channel.data as Float32Array).subarray(i * this.channelSize, (i + 1) * this.channelSize));
      state.time.set((time.data as Float32Array).subarray(i * this.timeSize, (i + 1) * this.timeSize));
      state.channelLength = lengths[i];
      return { frames, values: values.slice(i * frames * columns, (i + 1) * frames * columns) };
    });
  }

  release(): Promise<void> {
    return this.session.release();
  }

  private gather({ chunk, state }: ModelRow, row: number, inputs: BatchInputs): void {
    const { windowSize } = this.sizes;
    const base = row * melBins * windowSize;
    // The model wants [80, window].
    for (let bin = 0; bin < melBins; bin++)
      for (let frame = 0; frame < windowSize; frame++)
        inputs.audio[base + bin * windowSize + frame] = chunk[frame * melBins + bin];
    inputs.channel.set(state.channel, row * this.channelSize);
    inputs.time.set(state.time, row * this.timeSize);
    inputs.channelLength[row] = state.channelLength;
  }

  private inputsFor(n: number): BatchInputs {
    let inputs = this.batches.get(n);
    if (!inputs) {
      inputs = this.makeInputs(n);
      this.batches.set(n, inputs);
    }
    return inputs;
  }

  private makeInputs(n: number): BatchInputs {
    const { windowSize, cacheChannelDims, cacheTimeDims } = this.sizes;
    const audio = new Float32Array(n * melBins * windowSize);
    const channel = new Float32Array(n * this.channelSize);
    const time = new Float32Array(n * this.timeSize);
    const channelLength = new BigInt64Array(n);
    const tensors = [
      new Tensor('float32', audio, [n, melBins, windowSize]),
      new Tensor('int64', new BigInt64Array(n).fill(BigInt(windowSize)), [n]),
      new Tensor('float32', channel, [n, ...cacheChannelDims]),
      new Tensor('float32', time, [n, ...cacheTimeDims]),
      new Tensor('int64', channelLength, [n]),
    ];
    const feeds = Object.fromEntries(this.session.inputNames.map((name, i) => [name, tensors[i]]));
    return { audio, channel, time, channelLength, feeds };
  }
}
