/** The files of the pages and of the client library that they import go out over HTTP, as they are. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Hono } from 'hono';

const PAGE = fileURLToPath(new URL('../page', import.meta.url));
const CLIENT = dirname(fileURLToPath(import.meta.resolve('@auricle/client')));

/** Mounts `/`, `/live`, their files, and the client at `/client/`: every path that no route before it has taken. */
export function mountPage(app: Hono): void {
  // A browser asks whether its copy is still the newest.
  app.use('*', async (c, next) => {
    await next();
    c.header('Cache-Control', 'no-cache');
  });
  app.get('/live', serveStatic({ path: `${PAGE}/live.html` }));
  app.get('/client/:file{[a-z-]+\\.js}', serveStatic({ root: CLIENT, rewriteRequestPath: (path) => path.slice(7) }));
  app.get('*', serveStatic({ root: PAGE }));
}
