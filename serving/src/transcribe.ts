/** A whole recording goes in, its transcript comes out: the same way as a live stream, in the same pieces of work. */
import type { Pcm } from '@auricle/audio';
import type { Engine } from './engine.js';
import type { StreamListener } from './recognition-stream.js';
import type { Transcript } from './results.js';

const PIECE_SAMPLES = 16_384;
/** Audio in flight to a worker, so that a long recording is not held twice. */
const MOST_PENDING_BYTES = 4 * 16 * PIECE_SAMPLES;

/** @throws AUR_AUDIO_RATE and the stream's failures */
export async function transcribeSamples(engine: Engine, pcm: Pcm, listener: StreamListener = {}): Promise<Transcript> {
  const stream = engine.openStream({ sampleRate: pcm.sampleRate, priority: 'batch', ...listener });
  for (let at = 0; at < pcm.samples.length; at += PIECE_SAMPLES) {
    stream.push(pcm.samples.subarray(at, at + PIECE_SAMPLES));
    if (stream.pendingBytes > MOST_PENDING_BYTES) await stream.drained(MOST_PENDING_BYTES);
  }
  return stream.finish();
}
