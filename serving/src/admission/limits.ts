/** What one caller, and all of them together, may take of the service. */
import type { Rate } from './token-buckets.js';

export interface AdmissionLimits {
  /** WebSocket connections and requests under way, in all */
  connections: number;
  /** of them from one address; behind trusted proxies that of their client (default: any number) */
  perAddress: number;
  /** handshakes and requests from one address */
  handshakes: Rate;
  /** Audio may come this many times faster than real time for long; past the budget the socket is read no faster. */
  audioRate: number;
  /** s of audio that may come at once, on top of that */
  audioBurstSeconds: number;
  /** without a message, after which a connection is closed */
  idleSeconds: number;
  /** of audio in one stream */
  streamSeconds: number;
  /** bytes that may wait for a client that reads slowly before it is cut off */
  unreadBytes: number;
}

export const DEFAULT_LIMITS: AdmissionLimits = {
  connections: 10_000,
  perAddress: Number.POSITIVE_INFINITY,
  handshakes: { perSecond: 500, burst: 5_000 },
  audioRate: 20,
  audioBurstSeconds: 600,
  idleSeconds: 60,
  streamSeconds: 12 * 3600,
  unreadBytes: 1 << 20,
};
