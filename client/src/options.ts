/** What a stream is opened with: options go in, checked ones with their defaults come out. */
import { clientError } from './errors.js';
import type { Hotword } from './messages.js';

export type Encoding = 's16le' | 'f32le';

/** What the server is told at the start; it checks them. */
export interface StreamOptions {
  /** Hz, 1,000 to 192,000 */
  sampleRate: number;
  /** name of one of the server's models (default: its default one) */
  model?: string;
  /** how audio travels (default s16le: 16-bit integers, half as much as floats) */
  encoding?: Encoding;
  /** segments while they grow (default true) */
  partials?: boolean;
  /** instead of the server's; also none (`[]`), if they are to change */
  hotwords?: readonly Hotword[];
  /** texts for each segment (default 1) */
  alternatives?: number;
  /** when a segment ends, instead of the server's rules; docs/reference/native-protocol.md */
  endpoint?: object;
}

export interface ConnectOptions extends StreamOptions {
  /** also messages `speech_started` and `speech_ended` (default false) */
  speechEvents?: boolean;
  /** ask for `settled` messages (default false) */
  acknowledge?: boolean;
  /** of the first audio, 0 to 60: another connection has told of it, and no result of this one does (default 0) */
  heardSeconds?: number;
}

export interface ReconnectOptions {
  /** attempts in a row after which the stream fails, as long as nothing new is heard in between (default 10) */
  attempts: number;
  /** pause before the second attempt, ms; doubled for each one more (default 250); the first one comes at once */
  firstDelayMs: number;
  /** ms (default 5,000) */
  longestDelayMs: number;
  /** audio that is kept for another connection, seconds (default 300) */
  keepSeconds: number;
}

export interface LiveStreamOptions extends StreamOptions {
  /** how a lost connection is taken up again; false: the stream fails with it */
  reconnect?: Partial<ReconnectOptions> | false;
}

const LIMITS: { [Name in keyof ReconnectOptions]: { default: number; low: number; high: number } } = {
  attempts: { default: 10, low: 1, high: 1_000_000 },
  firstDelayMs: { default: 250, low: 0, high: 3_600_000 },
  longestDelayMs: { default: 5_000, low: 0, high: 3_600_000 },
  keepSeconds: { default: 300, low: 30, high: 86_400 },
};

/** @returns undefined where there is to be no other connection
 *  @throws AUR_CLIENT_OPTION */
export function reconnectOptions(given: Partial<ReconnectOptions> | false = {}): ReconnectOptions | undefined {
  if (given === false) return undefined;
  const refuse = (name: string, seen: unknown, expected: string) =>
    clientError('AUR_CLIENT_OPTION', { path: `reconnect.${name}`, seen: String(seen), expected });
  const names = Object.keys(LIMITS) as (keyof ReconnectOptions)[];
  for (const name of Object.keys(given))
    if (!Object.hasOwn(LIMITS, name)) throw refuse(name, name, `one of ${names.join(', ')}`);
  const options = names.map((name) => {
    const { low, high, default: usual } = LIMITS[name];
    const value = given[name] ?? usual;
    if (!(value >= low && value <= high)) throw refuse(name, value, `a number from ${low} to ${high}`);
    return [name, value];
  });
  return Object.fromEntries(options) as ReconnectOptions;
}
