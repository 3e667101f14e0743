/** An open WebSocket goes in; it is closed when nothing has come on it for too long. */
import type { WebSocket } from 'ws';

/** Messages count, pings do not: a client that only keeps the connection open has nothing to say. Nor does it have to while it waits for the server. */
export class IdleWatch {
  private readonly timer: NodeJS.Timeout;
  private waiting = 0;

  /** @param onIdle called once */
  constructor(socket: WebSocket, seconds: number, onIdle: () => void) {
    this.timer = setTimeout(() => {
      // While the server reads no more, the client cannot be blamed.
      if (socket.isPaused || this.waiting > 0) this.timer.refresh();
      else onIdle();
    }, seconds * 1000);
    this.timer.unref();
    socket.on('message', () => this.timer.refresh());
    socket.on('close', () => clearTimeout(this.timer));
  }

  /** A stream has all its audio, and the client waits for the rest of its transcript. */
  serverIsDue(): void {
    this.waiting++;
  }

  serverHasDone(): void {
    this.waiting--;
    this.timer.refresh();
  }
}
