/** An address goes in, an open WebSocket comes out: the runtime's own, or that of `ws` where it has none (Node before 22). */
import { clientError } from './errors.js';

/** @throws AUR_CLIENT_CONNECTION, AUR_CLIENT_NO_WEBSOCKET */
export async function openSocket(url: URL): Promise<WebSocket> {
  const Socket = globalThis.WebSocket ?? (await webSocketOfWs());
  const socket = new Socket(url);
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    let reason = 'the connection could not be opened';
    socket.addEventListener('open', () => resolve(socket), { once: true });
    socket.addEventListener('error', (event) => {
      // Browsers keep the reason from pages.
      const { message } = event as ErrorEvent;
      if (message) reason = message;
    });
    socket.addEventListener('close', () => reject(clientError('AUR_CLIENT_CONNECTION', { url: url.origin, reason })), {
      once: true,
    });
  });
}

async function webSocketOfWs(): Promise<typeof WebSocket> {
  try {
    const { WebSocket: Socket } = await import('ws');
    return Socket as unknown as typeof WebSocket;
  } catch (cause) {
    throw clientError('AUR_CLIENT_NO_WEBSOCKET', { reason: (cause as Error).message }, { cause });
  }
}
