/** An open WebSocket goes in; it is closed when nothing has come on it for too long. */
import type { WebSocket } from 'ws';

/** Messages count, pings do not: a client that only keeps the connection open has nothing to say.
 *  @param onIdle called once */
export function closeWhenIdle(socket: WebSocket, idleSeconds: number, onIdle: () => void): void {
  const timer = setTimeout(() => {
    // While the server reads no more, the client cannot be blamed.
    if (socket.isPaused) timer.refresh();
    else onIdle();
  }, idleSeconds * 1000);
  timer.unref();
  socket.on('message', () => timer.refresh());
  socket.on('close', () => clearTimeout(timer));
}
