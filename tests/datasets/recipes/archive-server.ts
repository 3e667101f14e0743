/** Files by name go in, a server of them on a free port comes out, with the manners of good servers and bad ones. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Answers one request for a file of these bytes. */
export type Manners = (bytes: Buffer, request: IncomingMessage, response: ServerResponse) => void;

/** As static file servers do. */
export const withRanges: Manners = (bytes, request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (from >= bytes.length) return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
  const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from, ...(from > 0 && range) });
  response.end(bytes.subarray(from));
};

export const withoutRanges: Manners = (bytes, _, response) =>
  void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);

/** Promises the rest of the file and ends in the middle of it. */
export const cutInTheMiddle: Manners = (bytes, request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const middle = from + Math.ceil((bytes.length - from) / 2);
  const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': bytes.length - from, ...(from > 0 && range) });
  // Ended, not destroyed: what was written shall arrive.
  response.write(bytes.subarray(from, middle), () => response.socket?.end());
};

export const withStatus =
  (status: number): Manners =>
  (_, __, response) =>
    void response.writeHead(status).end('no file');

export interface ArchiveServer {
  /** address of the folder */
  url: string;
  /** the requests so far: `name`, or `name bytes=from-` */
  requests: string[];
}

/** A server for the length of the test; a name that it does not have is a 404.
 *  @param manners of the first answers, one each; the last of them, or `withRanges`, goes on */
export async function serveArchives(
  files: Readonly<Record<string, Buffer>>,
  ...manners: Manners[]
): Promise<ArchiveServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const name = new URL(request.url!, 'http://localhost').pathname.slice(1);
    const answer = manners[Math.min(requests.length, manners.length - 1)] ?? withRanges;
    requests.push([name, request.headers.range].filter(Boolean).join(' '));
    if (files[name]) answer(files[name], request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
