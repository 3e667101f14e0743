/** The native protocol, as docs/reference/native-protocol.md describes it. */
import type { WebSocketProtocol } from '../protocol.js';
import { NATIVE_PATH } from './messages.js';
import { NativeSession } from './session.js';

export const nativeProtocol: WebSocketProtocol = {
  name: 'native',
  matches: (url) => url.pathname === NATIVE_PATH,
  open: (connection) => new NativeSession(connection),
};
