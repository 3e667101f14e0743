/** The protocols that the service speaks. */
import { informationRoutes } from '../info/index.js';
import { nativeProtocol } from './native/index.js';
import type { HttpProtocol, WebSocketProtocol } from './protocol.js';

export const WEBSOCKET_PROTOCOLS: readonly WebSocketProtocol[] = [nativeProtocol];
export const HTTP_PROTOCOLS: readonly HttpProtocol[] = [informationRoutes];
