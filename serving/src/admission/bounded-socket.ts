/** A WebSocket that cuts off a client which does not read what it is sent. */
import { WebSocket } from 'ws';

/** @param limit bytes that may wait to be read */
export function boundedSocketClass(limit: number, onCut: () => void): typeof WebSocket {
  return class BoundedSocket extends WebSocket {
    override send(...message: unknown[]): void {
      super.send(...(message as Parameters<WebSocket['send']>));
      if (this.readyState !== WebSocket.OPEN || this.bufferedAmount <= limit) return;
      onCut();
      this.terminate();
    }
  };
}
