/** The protocols that the service speaks. */
import { informationRoutes } from '../info/index.js';
import { deepgramProtocol, deepgramRoutes } from './deepgram/index.js';
import { documentRoutes } from './documents/index.js';
import { nativeProtocol } from './native/index.js';
import { realtimeProtocol, transcriptionRoutes } from './openai/index.js';
import type { HttpProtocol, WebSocketProtocol } from './protocol.js';
import { sherpaProtocol } from './sherpa/index.js';
import { voskProtocol } from './vosk/index.js';

export const WEBSOCKET_PROTOCOLS: readonly WebSocketProtocol[] = [
  nativeProtocol,
  voskProtocol,
  sherpaProtocol,
  deepgramProtocol,
  realtimeProtocol,
];
const ROUTES: readonly HttpProtocol[] = [deepgramRoutes, transcriptionRoutes, informationRoutes];

/** @param further routes of a service, of which its documents tell too */
export const httpProtocols = (further: readonly HttpProtocol[] = []): HttpProtocol[] => {
  const routes = [...ROUTES, ...further];
  return [...routes, documentRoutes(WEBSOCKET_PROTOCOLS, routes)];
};
export const HTTP_PROTOCOLS: readonly HttpProtocol[] = httpProtocols();
