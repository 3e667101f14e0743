/** What the service tells of itself: its models and its live figures; and that its pages load nothing from elsewhere. */
import { createEngine, type Engine, type RunningServer, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIGITS } from '../client/fixtures/joined-digits.js';

let engine: Engine;
let server: RunningServer;
beforeAll(async () => {
  engine = await createEngine({ bundle: DIGITS, workers: 2 });
  server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
});
afterAll(async () => {
  await server.close();
  await engine.close();
});

const get = (path: string) => fetch(new URL(path, server.url));

it('lists the models that a client may choose from', async () => {
  const models = await (await get('/v1/models')).json();
  expect(models).toMatchObject({
    object: 'list',
    data: [{ id: 'digits-en', object: 'model', language: 'en', chunkSeconds: 0.32 }],
  });
});

it('gives its figures as they are now', async () => {
  const read = async () => (await get('/v1/status')).json();
  const before = await read();
  expect(before).toMatchObject({
    model: { name: 'digits-en', language: 'en' },
    isReady: true,
    streams: { open: 0 },
    workers: [{ isReady: true, streams: 0 }, { isReady: true }],
  });
  expect(before.process.memoryBytes).toBeGreaterThan(1e7);
  for (const { utilisation } of before.workers) {
    expect(utilisation).toBeGreaterThanOrEqual(0);
    expect(utilisation).toBeLessThanOrEqual(1);
  }
  const stream = engine.openStream({ sampleRate: 16_000 });
  await expect.poll(async () => (await read()).streams.open).toBe(1);
  stream.close();
});

describe('the pages', () => {
  it.each(['/', '/live'])('%s and all that it asks for come from the server', async (path) => {
    const page = await get(path);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const html = await page.text();
    const waiting = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]);
    const seen = new Set<string>();
    // Modules and what they import in turn.
    for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
      const url = new URL(file, `${server.url}/`);
      expect(url.origin).toBe(server.url);
      if (seen.has(url.pathname)) continue;
      seen.add(url.pathname);
      const answer = await fetch(url);
      expect([url.pathname, answer.status]).toEqual([url.pathname, 200]);
      if (!url.pathname.endsWith('.js')) continue;
      const source = await answer.text();
      for (const [, imported] of source.matchAll(/(?:from|addModule\() ?'(\.?[^']+\.js)'/g))
        waiting.push(new URL(imported, url).pathname);
    }
    if (path === '/') expect(seen).toContain('/client/live-stream.js');
  });

  it('give nothing of the client but its modules', async () => {
    expect((await get('/client/index.js')).status).toBe(200);
    expect((await get('/client/index.d.ts')).status).toBe(404);
    expect((await get('/client/..%2fpackage.json')).status).toBe(404);
  });
});
