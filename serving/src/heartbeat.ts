/** Open WebSockets go in; those whose client is gone without a word are cut off. */
import type { WebSocket } from 'ws';

/** Pings every client; who has not answered since the last ping is gone.
 *  @returns ends it */
export function keepHeartbeat(sockets: { keys(): Iterable<WebSocket> }, everyMs: number): () => void {
  const silent = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const client of sockets.keys()) {
      // A paused socket cannot hear the answer.
      if (client.isPaused) continue;
      if (silent.has(client)) {
        client.terminate();
        continue;
      }
      silent.add(client);
      client.once('pong', () => silent.delete(client));
      client.ping();
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
