/** The protocol of sherpa-onnx's streaming WebSocket server, as docs/reference/protocols/sherpa-onnx.md describes it. */
import type { WebSocketProtocol } from '../protocol.js';
import { checkRoom } from '../room.js';
import { DONE, DONE_REPLY, SHERPA_PATH, sherpaResultSchema } from './messages.js';
import { SherpaSession } from './session.js';

export const sherpaProtocol: WebSocketProtocol = {
  name: 'sherpa',
  description: {
    address: SHERPA_PATH,
    title: 'sherpa-onnx',
    summary: "The protocol of sherpa-onnx's streaming WebSocket server.",
    receives: {},
    sends: { result: sherpaResultSchema },
    binary: '32-bit float samples in [-1, 1], little-endian, one channel, 16 kHz',
    texts: { receives: [DONE], sends: [DONE_REPLY] },
  },
  matches: (url) => url.pathname === SHERPA_PATH,
  check: (_, services) => checkRoom(services),
  open: (connection) => new SherpaSession(connection),
};
