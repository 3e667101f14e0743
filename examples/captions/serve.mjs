/** This page, a video and the client go out over HTTP: `node examples/captions/serve.mjs video.webm [8081]`. The recogniser runs elsewhere and must allow the page:
 *  `npx auricle serve --config captions.yaml` with `origins: ['http://127.0.0.1:8081']`. */
import { basename, dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

const [video, port = '8081'] = process.argv.slice(2);
if (video === undefined) throw new Error('the path of a video or of a recording is needed');
const here = (path) => relative('.', path) || '.';
const app = new Hono();
// By its name, from which the type is told.
const folder = here(dirname(resolve(video)));
app.get('/video', (c) => c.redirect(`/video/${encodeURIComponent(basename(video))}`));
app.get('/video/:name', serveStatic({ root: folder, rewriteRequestPath: (path) => path.slice(6) }));
const client = here(dirname(fileURLToPath(import.meta.resolve('@auricle/client'))));
app.get('/client/:file', serveStatic({ root: client, rewriteRequestPath: (path) => path.slice(7) }));
app.get('*', serveStatic({ root: here(import.meta.dirname) }));
serve({ fetch: app.fetch, port: Number(port), hostname: '127.0.0.1' }, (address) =>
  console.log(`http://127.0.0.1:${address.port}/?server=http://127.0.0.1:8080`),
);
