/** A server's address goes in, one connection that speaks the native protocol comes out: send audio, read messages. */
import { ClientError, clientError } from './errors.js';
import { type Hotword, NATIVE_PATH, parseServerMessage, type ReadyMessage, type ServerMessage } from './messages.js';
import type { ConnectOptions } from './options.js';
import { type Audio, toBytes } from './pcm.js';
import { ResultQueue } from './result-queue.js';
import { openSocket } from './socket.js';

/** Bytes that may wait in the socket before a fast sender is to pause. */
const MOST_BUFFERED = 256 * 1024;
/** WebSockets have no event for "there is room again", so it is looked for. */
const LOOK_EVERY_MS = 10;

export interface Connection {
  /** what the server said when it took the stream */
  ready: ReadyMessage;
  /** Sends audio; resolves when there is room for more, which is what a fast sender waits for.
   *  @throws AUR_CLIENT_OPTION */
  send(audio: Audio): Promise<void>;
  /** Takes other hotwords, for the segment under way and those after it; what cannot be used comes as a `warning`. */
  setHotwords(hotwords: readonly Hotword[]): void;
  /** Asks for what was said up to now as finals at once; `finalized` follows them, and the stream goes on. */
  finalize(): void;
  /** Says that there is no more audio; the results end with `done`. */
  end(): void;
  /** Every message of the server after `ready`, to be read once; ends after `done`.
   *  Throws the server's coded error, or AUR_CLIENT_CONNECTION when the connection is lost. */
  results: AsyncIterable<ServerMessage>;
  /** Leaves at once. */
  close(): void;
}

/** Opens a stream over one connection, and fails with it; `openStream` goes on over another.
 *  @param url of the server (`http://…` or `ws://…`)
 *  @throws AUR_CLIENT_CONNECTION, or the coded error with which the server refused the stream */
export async function connect(url: string | URL, options: ConnectOptions): Promise<Connection> {
  const base = new URL(url);
  const address = new URL(NATIVE_PATH, base.href.replace(/^http/, 'ws'));
  const socket = await openSocket(address);
  const messages = new ResultQueue<ServerMessage>();
  let isDone = false;
  socket.addEventListener('message', ({ data }) => {
    try {
      const message = parseServerMessage(String(data));
      if (message?.type === 'error') messages.fail(new ClientError(message.code as `AUR_${string}`, message.message));
      else if (message) messages.push(message);
      isDone ||= message?.type === 'done';
      if (isDone) messages.end();
    } catch (error) {
      messages.fail(error);
      socket.close();
    }
  });
  socket.addEventListener('close', ({ code }) => {
    messages.fail(clientError('AUR_CLIENT_CONNECTION', { url: base.origin, reason: `closed with code ${code}` }));
  });
  const isOpen = () => socket.readyState === socket.OPEN;
  // A lost connection shows in the results, with its reason.
  const tell = (message: object) => {
    if (isOpen()) socket.send(JSON.stringify(message));
  };
  const { encoding = 's16le' } = options;
  tell({ type: 'start', ...options });
  const ready = await messages.next();
  if (ready?.type !== 'ready') {
    socket.close();
    throw clientError('AUR_CLIENT_MESSAGE', { seen: JSON.stringify(ready) });
  }
  return {
    ready,
    send: async (audio) => {
      const bytes = toBytes(audio, encoding);
      if (isOpen()) socket.send(bytes);
      while (isOpen() && socket.bufferedAmount > MOST_BUFFERED)
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    },
    setHotwords: (hotwords) => tell({ type: 'hotwords', hotwords }),
    finalize: () => tell({ type: 'finalize' }),
    end: () => tell({ type: 'end' }),
    results: messages,
    close: () => {
      messages.fail(clientError('AUR_CLIENT_CLOSED', { what: 'results' }));
      leave(socket);
    },
  };
}

/** `ws` can leave without waiting for an answer that may never come. */
function leave(socket: WebSocket): void {
  const { terminate } = socket as { terminate?: () => void };
  if (terminate) terminate.call(socket);
  else socket.close();
}
