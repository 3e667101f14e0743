/** The page of docs/browser in a real browser: served as plain files, it transcribes by itself, and asks nobody else for anything. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { createEngine, transcribeSamples } from '@auricle/serving';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBrowserDemo } from '../../scripts/build-browser-demo.mjs';

const BUNDLE = join(import.meta.dirname, '../../models/digits-en');
const BROWSER = process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(BROWSER);
if (!isThere) console.log(`skipped: no browser at ${BROWSER} (AURICLE_CHROMIUM names another)`);

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };

describe.skipIf(!isThere)('the page that transcribes by itself', () => {
  let site: string;
  let server: Server;
  let url: string;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    site = await mkdtemp(join(tmpdir(), 'auricle-site-'));
    await buildBrowserDemo(site, BUNDLE);
    server = createServer(async (request, response) => {
      const path = new URL(request.url!, 'http://localhost').pathname.replace(/\/$/, '/index.html');
      const bytes = await readFile(join(site, path)).catch(() => undefined);
      const type = TYPES[extname(path)] ?? 'application/octet-stream';
      response.writeHead(bytes ? 200 : 404, { 'content-type': type }).end(bytes);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu'] });
    page = await browser.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url()))
        problems.push(`asks for ${request.url()}`);
    });
    await page.goto(url);
    await status('Ready');
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(site, { recursive: true, force: true });
  });

  const status = (text: string) =>
    page.waitForFunction((start) => document.getElementById('status')!.textContent!.startsWith(start), text);

  it('gives the bundled recording’s text as the server does, and says how fast', async () => {
    await page.click('#recording');
    await status('Done');
    const engine = await createEngine({ bundle: BUNDLE });
    const { text } = await transcribeSamples(engine, await readAudioFile(join(BUNDLE, 'recording.wav')));
    await engine.close();
    expect(text).toBe('three one four one five nine two');
    expect(await page.locator('#text').textContent()).toBe(text);
    const speed = await page.locator('#status').textContent();
    console.log(`in the browser: ${speed}`);
    expect(speed).toMatch(/^Done: 4\.\d s of audio in \d+\.\d\d s, \d+\.\d times real time$/);
  });

  it('transcribes a file, again and again, and says when it is no audio', async () => {
    for (let round = 0; round < 2; round++) {
      await page.setInputFiles('#file', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no audio') });
      await status('It cannot be transcribed');
      await page.locator('#text').evaluate((element) => element.replaceChildren());
      await page.setInputFiles('#file', join(BUNDLE, 'recording.wav'));
      await status('Done');
      expect(await page.locator('#text').textContent()).toBe('three one four one five nine two');
    }
  });

  it('asks for nothing from elsewhere, and complains of nothing', () => expect(problems).toEqual([]));
});
