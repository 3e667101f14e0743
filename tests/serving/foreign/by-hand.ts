/** A model folder and a recording go in, ONNX Runtime's log-probs come out, run chunk after chunk by the plainest code: nothing shared with the server. */
import { fbank } from '@auricle/audio';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { TONE, WENET } from './random-models.js';

type Feeds = Record<string, Tensor>;

/** Frames of a chunk, of the step to the next, and what is fed beside it in the first run and after each. */
interface Plan {
  window: number;
  shift: number;
  /** samples of one frame's hop */
  hop: number;
  chunk: (from: number) => Tensor;
  start: Feeds;
  next: (feeds: Feeds, outputs: Record<string, Tensor>, chunkIndex: number) => Feeds;
}

const zeros = (dims: number[]) => new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
const whole = (...values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
/** Caches are named alike on both sides. */
const renewed = (feeds: Feeds, outputs: Record<string, Tensor>): Feeds =>
  Object.fromEntries(Object.keys(feeds).map((name) => [name, outputs[`next_${name}`] ?? feeds[name]]));

/** @param samples at the model's rate, with silence after them
 *  @param chunks runs to do
 *  @returns log-probs of all runs */
export async function byHand(model: string, family: string, samples: Float32Array, chunks: number): Promise<number[]> {
  const session = await InferenceSession.create(model);
  const plan = PLANS[family](session, samples);
  const found: number[] = [];
  let feeds = plan.start;
  for (let i = 0; i < chunks; i++) {
    const outputs = await session.run({ ...feeds, [session.inputNames[0]]: plan.chunk(i * plan.shift) });
    found.push(...(outputs.log_probs.data as Float32Array));
    feeds = plan.next(feeds, outputs, i + 1);
  }
  await session.release();
  return found;
}

function framesByBins(samples: Float32Array, window: number, gain = 1) {
  const frames = fbank(samples.map((s) => s * gain));
  return (from: number) => new Tensor('float32', frames.slice(from * 80, (from + window) * 80), [1, window, 80]);
}

const PLANS: Record<string, (session: InferenceSession, samples: Float32Array) => Plan> = {
  'nemo-ctc': (_, samples) => {
    const plain = framesByBins(samples, 49);
    return {
      window: 49,
      shift: 32,
      hop: 160,
      chunk: (from) => {
        const rows = plain(from).data as Float32Array;
        return new Tensor(
          'float32',
          Float32Array.from({ length: rows.length }, (_, i) => rows[(i % 49) * 80 + Math.floor(i / 49)]),
          [1, 80, 49],
        );
      },
      start: {
        length: whole(49),
        cache_last_channel: zeros([1, 2, 6, 10]),
        cache_last_time: zeros([1, 3, 4, 5]),
        cache_last_channel_len: whole(0),
      },
      next: renewed,
    };
  },
  'zipformer2-ctc': (session, samples) => ({
    window: 45,
    shift: 32,
    hop: 160,
    chunk: framesByBins(samples, 45),
    start: Object.fromEntries(
      session.inputMetadata.slice(1).map((value) => {
        if (!value.isTensor) throw new Error(value.name);
        const dims = value.shape.map((dim) => (typeof dim === 'string' ? 1 : dim));
        return [value.name, value.type === 'int64' ? whole(0) : zeros(dims)];
      }),
    ),
    next: renewed,
  }),
  'wenet-ctc': (_, samples) => {
    const { chunk, leftChunks } = WENET;
    const past = chunk * leftChunks;
    const mask = (runs: number) => {
      const seen = Uint8Array.from({ length: past + chunk }, (_, i) => (i >= past - runs * chunk ? 1 : 0));
      return new Tensor('bool', seen, [1, 1, seen.length]);
    };
    return {
      window: 35,
      shift: 32,
      hop: 160,
      chunk: framesByBins(samples, 35, 32_768),
      start: {
        offset: whole(past),
        required_cache_size: whole(past),
        attn_cache: zeros([2, 2, past, 12]),
        conv_cache: zeros([2, 1, 12, 5]),
        attn_mask: mask(0),
      },
      next: (feeds, outputs, runs) => ({
        ...renewed(feeds, outputs),
        offset: whole(past + runs * chunk),
        attn_mask: mask(runs),
      }),
    };
  },
  't-one-ctc': (_, samples) => {
    const size = (TONE.sampleRate * TONE.chunkMs) / 1000;
    return {
      window: size,
      shift: size,
      hop: 1,
      chunk: (from) =>
        new Tensor(
          'int32',
          Int32Array.from(samples.slice(from, from + size), (s) => Math.trunc(Math.fround(s * 32_767))),
          [1, size, 1],
        ),
      start: { state: new Tensor('float16', new Uint16Array(37), [1, 37]) },
      next: renewed,
    };
  },
};
