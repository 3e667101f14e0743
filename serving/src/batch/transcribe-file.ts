/** The path of a recording goes in, its transcript comes out: as of a live stream, a long one in pieces side by side. */
import { setMaxListeners } from 'node:events';
import { type AudioInfo, audioInfo, type Pcm, type ReadOptions, streamAudioFile } from '@auricle/audio';
import type { Engine } from '../engine.js';
import type { Transcript } from '../results.js';
import type { ByteBudget } from './byte-budget.js';
import { cutAtPauses, type Piece } from './cut-at-pauses.js';
import { type FileTranscript, mergeChannels, type PieceTranscript, stitch } from './file-transcript.js';

export interface FileOptions extends Pick<ReadOptions, 'offset' | 'duration' | 'raw'> {
  /** `mix`: the mean of all; `each`: one by one, as when each has a speaker of its own */
  channels: 'mix' | 'each';
  /** longer recordings are cut at pauses; 0: none is */
  cutSeconds: number;
  /** of pieces that wait for their turn */
  budget: ByteBudget;
  /** texts for each segment, the best first (default 1: none but its own) */
  alternatives?: number;
  signal: AbortSignal;
  /** @param done seconds of audio handed on, all channels together; @param total where it is known */
  onProgress?: (done: number, total: number) => void;
}

const BYTES_A_SAMPLE = 4;
/** Audio in flight to a worker. */
const MOST_PENDING_BYTES = 1 << 20;
/** A push is a message. */
const MOST_PUSHED_SAMPLES = 16_384;

/** @throws the audio room's errors, those of streams, and the signal's reason */
export async function transcribeFile(engine: Engine, path: string, options: FileOptions): Promise<FileTranscript> {
  const { channels, signal } = options;
  signal.throwIfAborted();
  const info = await audioInfo(path, { raw: options.raw });
  const numbers = channels === 'each' && info.channels > 1 ? [...Array(info.channels).keys()] : [undefined];
  const progress = progressOf(info, numbers.length, options);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const transcripts = await allOrNothing(
    numbers.map((channel) => transcribeChannel(engine, path, info, { ...options, signal: either }, channel, progress)),
    failed,
  );
  return mergeChannels(transcripts);
}

type Progress = (seconds: number) => void;

function progressOf({ duration }: AudioInfo, channels: number, options: FileOptions): Progress {
  const { offset = 0, duration: wanted = Number.POSITIVE_INFINITY, onProgress } = options;
  const total = channels * Math.max(0, Math.min(duration - offset, wanted));
  let done = 0;
  return (seconds) => {
    done += seconds;
    onProgress?.(Math.min(done, total), total);
  };
}

async function transcribeChannel(
  engine: Engine,
  path: string,
  info: AudioInfo,
  options: FileOptions,
  channel: number | undefined,
  progress: Progress,
): Promise<Transcript> {
  const { offset, duration, raw, cutSeconds, alternatives, budget, signal } = options;
  const blocks = streamAudioFile(path, { offset, duration, raw, channel: channel ?? 'mix' });
  const seconds = Math.min(info.duration - (offset ?? 0), duration ?? Number.POSITIVE_INFINITY);
  if (cutSeconds === 0 || seconds <= cutSeconds)
    return transcribeBlocks(engine, blocks, { alternatives, signal, progress });
  const pieces: Promise<PieceTranscript>[] = [];
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  // One of each piece.
  setMaxListeners(0, either);
  const bytes = cutSeconds * info.sampleRate * BYTES_A_SAMPLE;
  // Room is taken before a piece is read.
  let giveBack = await budget.take(bytes);
  try {
    for await (const piece of cutAtPauses(blocks, cutSeconds)) {
      const release = giveBack;
      const transcribed = transcribePiece(engine, piece, { alternatives, signal: either, progress }).finally(release);
      // Seen below; until then it is no rejection without a handler.
      transcribed.catch((error) => failed.abort(error));
      pieces.push(transcribed);
      either.throwIfAborted();
      giveBack = await budget.take(bytes);
    }
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(pieces);
    throw error;
  } finally {
    giveBack();
  }
  return stitch(await allOrNothing(pieces, failed));
}

interface BlockWork {
  alternatives: number | undefined;
  signal: AbortSignal;
  progress: Progress;
}

async function transcribePiece(
  engine: Engine,
  { blocks, sampleRate, startSeconds }: Piece,
  work: BlockWork,
): Promise<PieceTranscript> {
  const source = async function* (): AsyncGenerator<Pcm> {
    // What is handed on is let go.
    for (let block = blocks.shift(); block; block = blocks.shift()) yield { samples: block, sampleRate };
  };
  return { startSeconds, transcript: await transcribeBlocks(engine, source(), work) };
}

/** All blocks through one stream. */
async function transcribeBlocks(
  engine: Engine,
  blocks: AsyncIterable<Pcm>,
  { alternatives, signal, progress }: BlockWork,
): Promise<Transcript> {
  let stream: ReturnType<Engine['openStream']> | undefined;
  const close = () => stream?.close();
  signal.addEventListener('abort', close);
  try {
    for await (const { samples, sampleRate } of blocks) {
      signal.throwIfAborted();
      stream ??= engine.openStream({ sampleRate, alternatives, priority: 'batch' });
      for (let at = 0; at < samples.length; at += MOST_PUSHED_SAMPLES) {
        stream.push(samples.subarray(at, at + MOST_PUSHED_SAMPLES));
        if (stream.pendingBytes > MOST_PENDING_BYTES) await stream.drained(MOST_PENDING_BYTES);
        signal.throwIfAborted();
      }
      progress(samples.length / sampleRate);
    }
    if (!stream) return { text: '', segments: [], audioSeconds: 0 };
    return await stream.finish();
  } catch (error) {
    stream?.close();
    // A stream that was closed for it fails with an error of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', close);
  }
}

/** What fails first stops the others, which are waited for. */
async function allOrNothing<Result>(tasks: readonly Promise<Result>[], failed: AbortController): Promise<Result[]> {
  try {
    return await Promise.all(tasks);
  } catch (error) {
    failed.abort(error);
    await Promise.allSettled(tasks);
    throw error;
  }
}
