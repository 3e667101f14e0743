/** The native protocol, as docs/reference/native-protocol.md describes it. */
import type { WebSocketProtocol } from '../protocol.js';
import {
  endMessageSchema,
  finalizeMessageSchema,
  hotwordsMessageSchema,
  NATIVE_PATH,
  serverMessageSchema,
  startMessageSchema,
} from './messages.js';
import { NativeSession } from './session.js';

export const nativeProtocol: WebSocketProtocol = {
  name: 'native',
  description: {
    address: NATIVE_PATH,
    title: 'Auricle',
    summary: "The service's own protocol.",
    receives: {
      start: startMessageSchema,
      hotwords: hotwordsMessageSchema,
      finalize: finalizeMessageSchema,
      end: endMessageSchema,
    },
    sends: { message: serverMessageSchema },
    binary: 'samples in the encoding of the start message, one channel',
  },
  matches: (url) => url.pathname === NATIVE_PATH,
  open: (connection) => new NativeSession(connection),
};
