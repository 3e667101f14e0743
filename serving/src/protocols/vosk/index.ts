/** Vosk's WebSocket protocol, as docs/reference/protocols/vosk.md describes it. */
import type { WebSocketProtocol } from '../protocol.js';
import { checkRoom } from '../room.js';
import {
  alternativesReplySchema,
  configMessageSchema,
  eofMessageSchema,
  partialReplySchema,
  resetMessageSchema,
  resultReplySchema,
  VOSK_PATH,
} from './messages.js';
import { VoskSession } from './session.js';

export const voskProtocol: WebSocketProtocol = {
  name: 'vosk',
  description: {
    address: VOSK_PATH,
    title: 'Vosk',
    summary: "The protocol of Vosk's own server: one reply for each binary message.",
    receives: { config: configMessageSchema, eof: eofMessageSchema, reset: resetMessageSchema },
    sends: { partial: partialReplySchema, result: resultReplySchema, alternatives: alternativesReplySchema },
    binary: 'signed 16-bit samples, little-endian, one channel',
  },
  matches: (url) => url.pathname === VOSK_PATH,
  check: (_, services) => checkRoom(services),
  open: (connection) => new VoskSession(connection),
};
