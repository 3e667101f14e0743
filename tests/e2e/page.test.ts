/** The page in a real browser: a recording stands in for the microphone, and goes in as a file. */

import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@auricle/audio';
import { alignWords } from '@auricle/decoding';
import { createEngine, type Engine, type RunningServer, startServer, transcribeSamples } from '@auricle/serving';
import type axe from 'axe-core';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasChromium, type OpenChromium, openChromium } from './chromium.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const BUNDLE = join(import.meta.dirname, '../../models/digits-en');
const RECORDING = join(BUNDLE, 'recording.wav');
const SPOKEN = 'three one four one five nine two';
/** Before and after the recording, so that the browser has its time to open the microphone. */
const PAUSE_SECONDS = 1.5;

describe.skipIf(!hasChromium())('the page', () => {
  let engine: Engine;
  let server: RunningServer;
  let folder: string;
  let chromium: OpenChromium;
  let recording: string;
  let offlineText: string;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'auricle-page-'));
    recording = join(folder, 'microphone.wav');
    engine = await createEngine({ bundle: BUNDLE });
    const { samples, sampleRate } = await readAudioFile(RECORDING);
    const pause = new Float32Array(PAUSE_SECONDS * sampleRate);
    const pcm = { samples: Float32Array.from([...pause, ...samples, ...pause]), sampleRate };
    await writeFile(recording, encodeWav(pcm));
    offlineText = (await transcribeSamples(engine, pcm)).text;
    server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
  });
  afterAll(async () => {
    await server.close();
    await engine.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    chromium = await openChromium(recording);
    page = await chromium.context.newPage();
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
    await chromium.close();
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

  // Chromium's fake microphone loses samples where the machine is busy, and a word with them.
  it('shows what the microphone hears while one speaks, and ends with the text of the offline run', {
    retry: 2,
  }, async () => {
    const button = page.locator('#microphone');
    await button.click();
    // A partial result before anything is final.
    await page.locator('#partial .word').first().waitFor();
    expect(await page.locator('#latency').textContent()).toMatch(/^\d+ ms$/);
    for (const part of ['capture', 'chunk', 'network', 'compute'])
      expect(await page.locator(`#latency-${part}`).textContent()).toMatch(/^\d+ ms$/);
    expect(await button.textContent()).toContain('Stop');
    // The recording, 4.7 s, and the pauses around it.
    await page.waitForFunction(() => Number.parseFloat(document.getElementById('seconds')!.textContent!) > 7.5);
    await button.click();
    await status('Done');
    expect(offlineText).toBe(SPOKEN);
    expect(await heard()).toBe(offlineText);
    expect(await button.textContent()).toContain('Start microphone');
    expect(problems).toEqual([]);
  });

  it('transcribes a file, and another after it', async () => {
    for (let round = 0; round < 2; round++) {
      await transcribe();
      expect(await heard()).toBe(SPOKEN);
      expect(await page.locator('#finals time').first().textContent()).toBe('0:00');
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
    await status('The connection was lost');
    await page.locator('#microphone').click();
    await page.waitForFunction(() => !(document.getElementById('file') as HTMLInputElement).disabled);
    await page.setInputFiles('#file', RECORDING);
    await status('The server cannot be reached');
  });

  it('goes on where it was when the server comes back', async () => {
    const first = await startServer({ engine, port: 0, drainSeconds: 0, log: pino({ level: 'silent' }) });
    await page.goto(first.url);
    await page.locator('#microphone').click();
    await page.locator('#partial .word').first().waitFor();
    await first.close();
    await status('The connection was lost');
    const second = await startServer({ engine, port: first.port, log: pino({ level: 'silent' }) });
    await status('Connected again');
    await page.waitForFunction(() => Number.parseFloat(document.getElementById('seconds')!.textContent!) > 7.5);
    await page.locator('#microphone').click();
    await status('Done');
    // A stream that begins anew in a pause knows nothing of what was before: one word may sound otherwise, but none is lost or said twice.
    const { substitutions, deletions, insertions } = alignWords(offlineText.split(' '), (await heard()).split(' '));
    expect([deletions, insertions]).toEqual([0, 0]);
    expect(substitutions).toBeLessThanOrEqual(1);
    await second.close();
  });

  it('tells times and confidence of a word to the keyboard', async () => {
    await transcribe();
    await page.locator('#text').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#detail').textContent()).toMatch(/^“one” 0\.\d\d–\d\.\d\d s, \d+ % sure$/);
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('#detail').textContent()).toContain('“three”');
  });

  it.each(['txt', 'srt', 'vtt', 'json'])('saves the transcript as %s', async (kind) => {
    await transcribe();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator(`[data-export=${kind}]`).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`transcript.${kind}`);
    expect(await readFile(await download.path(), 'utf8')).toContain(SPOKEN);
  });

  it('copies the transcript', async () => {
    await chromium.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await transcribe();
    await page.locator('#copy').click();
    await status('Copied');
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${SPOKEN}\n`);
  });

  it('sends the hotwords of its field, and says which the model cannot write', async () => {
    await page.locator('#hotwords').fill('five :0.5\nzürich');
    await transcribe();
    expect(await heard()).toBe(SPOKEN);
    expect(await page.locator('#warnings').textContent()).toContain('zürich');
    await page.reload();
    expect(await page.locator('#hotwords').inputValue()).toBe('five :0.5\nzürich');
  });

  it.each([
    ['/', 'light'],
    ['/', 'dark'],
    ['/live', 'light'],
    ['/live', 'dark'],
  ] as const)('keeps nothing from people with a screen reader or a keyboard: %s, %s', async (path, colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(new URL(path, server.url).href);
    if (path === '/') await transcribe();
    else await page.locator('#workers tr').first().waitFor();
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const found = await (globalThis as unknown as { axe: typeof axe }).axe.run(document);
      return found.violations.map(({ id, impact, nodes }) => ({
        id,
        impact,
        where: nodes.map((n) => n.target.join()),
      }));
    });
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  });

  it.each([
    [390, 844],
    [320, 568],
    [1280, 900],
  ])('fits into a window of %i by %i', async (width, height) => {
    await page.setViewportSize({ width, height });
    for (const path of ['/', '/live']) {
      await page.goto(new URL(path, server.url).href);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    }
  });

  it('shows the server’s live figures', async () => {
    const stream = engine.openStream({ sampleRate: 16_000 });
    await page.goto(`${server.url}/live`);
    await page.waitForFunction(() => document.getElementById('streams')!.textContent === '1');
    expect(await page.locator('#state').textContent()).toMatch(/^Ready, up for /);
    expect(await page.locator('#workers tr').count()).toBe(1);
    stream.close();
    await page.waitForFunction(() => document.getElementById('streams')!.textContent === '0');
    expect(problems).toEqual([]);
  });
});
