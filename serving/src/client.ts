/** A server's address goes in, a connection that speaks the native protocol comes out: send audio, read messages. */
import { once } from 'node:events';
import { AuricleError, type PcmEncoding } from '@auricle/audio';
import type { EndpointOptions, Hotword } from '@auricle/decoding';
import WebSocket from 'ws';
import { type Deferred, deferred } from './deferred.js';
import { servingError } from './errors.js';
import { NATIVE_PATH, parseServerMessage, type ServerMessage } from './protocols/native/messages.js';

export interface ClientOptions {
  /** Hz */
  sampleRate: number;
  /** default s16le */
  encoding?: PcmEncoding;
  partials?: boolean;
  /** instead of the server's; also none, if they are to change */
  hotwords?: readonly Hotword[];
  /** texts for each segment (default 1) */
  alternatives?: number;
  /** when a segment ends, instead of the server's rules */
  endpoint?: EndpointOptions;
  /** also messages `speech_started` and `speech_ended` (default false) */
  speechEvents?: boolean;
}

export interface NativeClient {
  /** Sends audio; resolves when the socket has taken it, which is what a fast sender waits for.
   *  @param audio whole samples in the connection's encoding */
  send(audio: Uint8Array): Promise<void>;
  /** Takes other hotwords, for the segment under way and those after it; what cannot be used comes as a `warning`. */
  setHotwords(hotwords: readonly Hotword[]): void;
  /** Says that there is no more audio; the results end with `done`. */
  end(): void;
  /** Every message of the server after `ready`, to be read once; ends after `done`.
   *  Throws the server's coded error, or AUR_SERVING_CONNECTION when the connection is lost. */
  results: AsyncIterable<ServerMessage>;
  /** Leaves at once. */
  close(): void;
}

/** @param url of the server (`http://…` or `ws://…`)
 *  @throws AUR_SERVING_CONNECTION, or the coded error with which the server refused the stream */
export async function connect(url: string, options: ClientOptions): Promise<NativeClient> {
  const address = new URL(NATIVE_PATH, url.replace(/^http/, 'ws'));
  const socket = new WebSocket(address, { perMessageDeflate: false });
  const messages = new MessageQueue(url);
  socket.on('message', (data) => messages.take(data.toString()));
  socket.on('close', (code) => messages.end(code));
  try {
    await once(socket, 'open');
  } catch (cause) {
    throw servingError('AUR_SERVING_CONNECTION', { url, reason: (cause as Error).message }, { cause });
  }
  // After the opening, a lost connection shows as `close`.
  socket.on('error', () => undefined);
  socket.send(JSON.stringify({ type: 'start', ...options }));
  await messages.next();
  return {
    send: (audio) =>
      new Promise((resolve) => {
        // A failed send shows in the results, with its reason.
        socket.send(audio, () => resolve());
      }),
    setHotwords: (hotwords) => socket.send(JSON.stringify({ type: 'hotwords', hotwords }), () => undefined),
    end: () => socket.send(JSON.stringify({ type: 'end' }), () => undefined),
    results: messages,
    close: () => socket.terminate(),
  };
}

class MessageQueue implements AsyncIterable<ServerMessage> {
  private readonly received: ServerMessage[] = [];
  private failure: Error | undefined;
  private isOver = false;
  private waiting: Deferred<void> | undefined;

  constructor(private readonly url: string) {}

  take(text: string): void {
    try {
      const message = parseServerMessage(text);
      if (message.type === 'error') this.failure ??= new AuricleError(message.code as `AUR_${string}`, message.message);
      else this.received.push(message);
      if (message.type === 'done') this.isOver = true;
    } catch (error) {
      this.failure ??= error as Error;
    }
    this.wake();
  }

  end(code: number): void {
    if (!this.isOver)
      this.failure ??= servingError('AUR_SERVING_CONNECTION', { url: this.url, reason: `closed with code ${code}` });
    this.wake();
  }

  /** @returns undefined after `done` */
  async next(): Promise<ServerMessage | undefined> {
    for (;;) {
      const message = this.received.shift();
      if (message) return message;
      if (this.isOver) return undefined;
      if (this.failure) throw this.failure;
      this.waiting ??= deferred<void>();
      await this.waiting.promise;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ServerMessage> {
    for (let message = await this.next(); message; message = await this.next()) yield message;
  }

  private wake(): void {
    this.waiting?.resolve();
    this.waiting = undefined;
  }
}
