/** The page in a real browser: a recording stands in for the microphone, and goes in as a file. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alignWords } from '@auricle/decoding';
import { createEngine, type Engine, type RunningServer, startServer } from '@auricle/serving';
import { pino } from 'pino';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const BUNDLE = join(import.meta.dirname, '../../models/digits-en');
const RECORDING = join(BUNDLE, 'recording.wav');
const SPOKEN = 'three one four one five nine two';
const BROWSER = process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(BROWSER);
if (!isThere) console.log(`skipped: no browser at ${BROWSER} (AURICLE_CHROMIUM names another)`);

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${RECORDING}%noloop`,
];

describe.skipIf(!isThere)('the page', () => {
  let engine: Engine;
  let server: RunningServer;
  let profile: string;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    engine = await createEngine({ bundle: BUNDLE });
    server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    await server.close();
    await engine.close();
  });
  beforeEach(async () => {
    profile = await mkdtemp(join(tmpdir(), 'auricle-browser-'));
    context = await chromium.launchPersistentContext(profile, { executablePath: BROWSER, args: ARGUMENTS });
    page = await context.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url)) problems.push(`asks for ${request.url()}`);
    });
    await page.goto(server.url);
  });
  afterEach(async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  });

  /** Resolves when the status begins with `text`. */
  const status = (text: string) =>
    page.waitForFunction((start) => document.getElementById('status')!.textContent!.startsWith(start), text);
  const transcribe = async () => {
    // The end of an earlier one must not be taken for this one's.
    await page.locator('#status').evaluate((element) => element.replaceChildren());
    await page.setInputFiles('#file', RECORDING);
    await status('Done');
  };
  /** Words of all finals, as a reader sees them. */
  const heard = async () => (await page.locator('#finals .word').allTextContents()).join(' ');

  it('shows what the microphone hears while one speaks, and the end of it after a click on Stop', async () => {
    const button = page.locator('#microphone');
    await button.click();
    // A partial result before anything is final.
    await page.locator('#partial .word').first().waitFor();
    expect(await page.locator('#latency').textContent()).toMatch(/^\d+ ms$/);
    expect(await button.textContent()).toBe('Stop');
    // The recording, 4.7 s, and the pause after it.
    await page.waitForFunction(() => Number.parseFloat(document.getElementById('seconds')!.textContent!) > 5);
    await button.click();
    await status('Done');
    // The browser may swallow the onset while it opens the microphone, and filters what it passes on.
    const { correct } = alignWords(SPOKEN.split(' '), (await heard()).split(' '));
    expect(correct).toBeGreaterThanOrEqual(6);
    expect(await button.textContent()).toBe('Start microphone');
    expect(problems).toEqual([]);
  });

  it('transcribes a file, and another after it', async () => {
    for (let round = 0; round < 2; round++) {
      await transcribe();
      expect(await heard()).toBe(SPOKEN);
      expect(await page.locator('#finals time').first().textContent()).toMatch(/^0\.\d\d–4\.\d\d s, \d+ %$/);
    }
    expect(problems).toEqual([]);
  });

  it('says so when a file is no audio, and goes on', async () => {
    await page.setInputFiles('#file', { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no audio') });
    await status('notes.txt is no audio');
    await transcribe();
    expect(await heard()).toBe(SPOKEN);
  });

  it('says why when the server goes away, and when there is none', async () => {
    const mortal = await startServer({ engine, port: 0, drainSeconds: 0, log: pino({ level: 'silent' }) });
    await page.goto(mortal.url);
    await page.locator('#microphone').click();
    await page.locator('#partial .word').first().waitFor();
    await mortal.close();
    await status('the server is shutting down');
    expect(await page.locator('#microphone').textContent()).toBe('Start microphone');
    await page.setInputFiles('#file', RECORDING);
    await status('The server cannot be reached');
  });
});
