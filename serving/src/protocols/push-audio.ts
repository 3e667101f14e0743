/** Bytes from a socket go in, the stream gets them; while too many wait for the worker the socket is not read, so that TCP tells the client to wait. */
import type { WebSocket } from 'ws';
import type { RecognitionStream } from '../recognition-stream.js';

/** @param maxPendingBytes that may wait for the worker
 *  @throws AUR_SERVING_CLOSED */
export function pushAudio(
  socket: WebSocket,
  stream: RecognitionStream,
  bytes: Uint8Array,
  maxPendingBytes: number,
): void {
  stream.push(bytes);
  if (stream.pendingBytes <= maxPendingBytes || socket.isPaused) return;
  socket.pause();
  stream.drained(maxPendingBytes).then(() => socket.resume());
}
