/** A streaming graph and the training forward of the same weights go in, their largest difference on real audio comes out. */
import { fbank, resample, StreamingFbank } from '@auricle/audio';
import type { OnnxModel } from '@auricle/bundle/onnx';
import { forkSeed, loadPcm, Random } from '@auricle/datasets';
import { type Recording, SAMPLE_RATE } from '../data/corpus.js';
import type { TrainingEngine } from '../engine/engine.js';
import { padToChunks, streamBatch, streamSizes } from './stream-batch.js';

/** Frames of one utterance, [frames, melBins]. */
export interface Frames {
  features: Float32Array;
  frames: number;
}

/** An utterance's frames made at once, as in training, and from packets, as in service. */
export interface HeardTwice {
  whole: Frames;
  packets: Frames;
}

/** From single samples to a second. */
const LONGEST_PACKET = 16_000;

/** The frames of a recording with its tail of silence, both ways.
 *  @param seed of the packets' sizes, from one sample to a second
 *  @throws AUR_AUDIO_…, AUR_MANIFEST_SEGMENT */
export async function hearTwice(
  { manifest, utterance, samples }: Recording,
  tailSeconds: number,
  melBins: number,
  seed: number,
): Promise<HeardTwice> {
  const pcm = await loadPcm(manifest, utterance);
  const padded = new Float32Array(samples + Math.round(tailSeconds * SAMPLE_RATE));
  padded.set(resample(pcm.samples, pcm.sampleRate, SAMPLE_RATE).subarray(0, samples));
  const frames = (features: Float32Array) => ({ features, frames: features.length / melBins });
  return { whole: frames(fbank(padded)), packets: frames(inPackets(padded, new Random(seed))) };
}

function inPackets(samples: Float32Array, random: Random): Float32Array {
  const stream = new StreamingFbank();
  const parts: Float32Array[] = [];
  for (let at = 0; at < samples.length; ) {
    // As many short packets as long ones, whatever short and long are.
    const length = Math.ceil(LONGEST_PACKET ** random.uniform());
    parts.push(stream.push(samples.subarray(at, at + length)));
    at += length;
  }
  parts.push(stream.flush());
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Of two log-probs, relative to the exact one where that is below -1. */
export const apart = (logProb: number, exact: number) => Math.abs(logProb - exact) / Math.max(1, Math.abs(exact));

/** Streams utterances through the graph from packets, several side by side, once through and once with the state begun anew in mid-audio, and
 *  compares every log-prob with the training forward of the whole frames.
 *  @param chunk encoder frames
 *  @param seed of the moment of the new beginning
 *  @returns the largest difference, relative to the log-prob where that is below -1, for rounding grows with it; NaN when there is one anywhere */
export async function parityDifference(
  model: OnnxModel,
  engine: TrainingEngine,
  chunk: number,
  heard: readonly HeardTwice[],
  seed = 1,
): Promise<number> {
  const sizes = streamSizes(model);
  const batch = heard.length;
  const whole = padToChunks(
    heard.map((h) => h.whole),
    sizes,
  );
  const packets = padToChunks(
    heard.map((h) => h.packets),
    sizes,
  );
  const { chunks } = whole;
  const perChunk = chunk * engine.spec.vocabulary;
  const compare = async (first: number, restart: boolean): Promise<number> => {
    const expected = await engine.logProbs(fromChunk(whole.features, batch, chunks, first), batch, chunk);
    let difference = 0;
    await streamBatch(
      model,
      packets,
      (outputs, c) => {
        if (c < first) return;
        const logProbs = outputs.logprobs.data as Float32Array;
        for (let b = 0; b < batch; b++)
          for (let i = 0; i < perChunk; i++) {
            const exact = expected[(b * (chunks - first) + c - first) * perChunk + i];
            // Math.max keeps a NaN.
            difference = Math.max(difference, apart(logProbs[b * perChunk + i], exact));
          }
      },
      new Set(restart ? [first] : []),
    );
    return difference;
  };
  const straight = await compare(0, false);
  if (chunks === 1) return straight;
  return Math.max(straight, await compare(new Random(forkSeed(seed, chunks)).integer(1, chunks - 1), true));
}

/** What is left of each row from a chunk on. */
function fromChunk(features: Float32Array, batch: number, chunks: number, first: number): Float32Array {
  if (first === 0) return features;
  const row = features.length / batch;
  const skipped = (row / chunks) * first;
  const left = new Float32Array(batch * (row - skipped));
  for (let b = 0; b < batch; b++) left.set(features.subarray(b * row + skipped, (b + 1) * row), b * (row - skipped));
  return left;
}
