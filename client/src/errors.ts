/** The client's errors, and which failures of a stream another connection may mend. */

const TEMPLATES = {
  AUR_CLIENT_CONNECTION: '{url}: {reason}',
  AUR_CLIENT_MESSAGE: 'the server sent what is no message of its protocol: {seen}',
  AUR_CLIENT_CLOSED: 'the stream has ended: no {what} after that',
  AUR_CLIENT_OPTION: '{path}: {seen} is not {expected}',
  AUR_CLIENT_AUDIO_LOST:
    '{seconds} s of audio before {until} s are lost: the connection was away for longer than audio is kept',
  AUR_CLIENT_NO_WEBSOCKET: 'this runtime has no WebSocket, and the package "ws" is not there: {reason}',
};

/** An error with a stable code: the client's own, or the server's as it sent it. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  constructor(
    readonly code: `AUR_${string}`,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const clientError = (
  code: keyof typeof TEMPLATES,
  details: Record<string, string | number>,
  options?: ErrorOptions,
): ClientError =>
  new ClientError(
    code,
    TEMPLATES[code].replace(/\{(\w+)\}/g, (_, key: string) => String(details[key])),
    options,
  );

/** Failures of the way to the server or of the server itself; all others say that the client did something wrong, and would come again. */
const PASSING = new Set([
  'AUR_CLIENT_CONNECTION',
  'AUR_SERVING_FULL',
  'AUR_SERVING_NOT_READY',
  'AUR_SERVING_SHUTDOWN',
  'AUR_SERVING_WORKER_LOST',
  'AUR_SERVING_RUN',
  'AUR_SERVING_INTERNAL',
]);

/** True when the same stream may well be served by another connection. */
export const isPassing = (error: unknown): boolean => error instanceof ClientError && PASSING.has(error.code);
