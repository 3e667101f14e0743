/** What a worker has heard of a stream so far, as plain data: another worker that gets it and the audio from there on goes on as the first would. */
import type { RecogniserState } from './recogniser.js';
import type { ModelState } from './streaming-model.js';

/** A stretch of a stream is heard on its own: from the stream's start or a finalize to the next or the end. Counts are those of what came before it. */
export interface Stretch {
  /** of audio */
  bytes: number;
  /** answered by the model */
  chunks: number;
  /** that ended with something said */
  segments: number;
  speechEvents: number;
}

/** Taken where a segment ends, and posted together with it: so no final result is ever told twice. */
export interface Checkpoint {
  /** of the stream's audio: what follows is needed */
  bytes: number;
  speechEvents: number;
  stretch: Stretch;
  /** absent at the start of a stretch */
  within?: { recogniser: RecogniserState; model: ModelState };
}
