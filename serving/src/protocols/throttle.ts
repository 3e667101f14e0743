/** A socket and what its audio waits for go in; while too much waits the socket is not read, so that TCP tells the client to wait. */
import type { WebSocket } from 'ws';

/** Something that holds audio back until it can be worked on. */
export interface Backlog {
  pendingBytes: number;
  /** Resolves when less than half of `limit` bytes wait, also on failure. */
  drained(limit: number): Promise<void>;
}

/** @param limit bytes that may wait in all of them */
export function throttle(socket: WebSocket, backlogs: readonly Backlog[], limit: number): void {
  if (socket.isPaused) return;
  const pending = backlogs.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0);
  if (pending <= limit) return;
  socket.pause();
  Promise.all(backlogs.map((backlog) => backlog.drained(limit))).then(() => socket.resume());
}
