/** The protocols go in; the routes that serve documents about them come out. */
import type { HttpProtocol, WebSocketProtocol } from '../protocol.js';
import { asyncApiDocument } from './asyncapi.js';
import { openApiDocument } from './openapi.js';

/** Of the documents: the protocols' own versions are their vendors'. */
const VERSION = '1';

export function documentRoutes(sockets: readonly WebSocketProtocol[], routes: readonly HttpProtocol[]): HttpProtocol {
  const async = asyncApiDocument(sockets, VERSION);
  const open = openApiDocument(
    routes.flatMap((protocol) => protocol.routes),
    VERSION,
  );
  return {
    name: 'documents',
    routes: [],
    mount(app) {
      app.get('/asyncapi.json', (c) => c.json(async));
      app.get('/openapi.json', (c) => c.json(open));
    },
  };
}
