/** A run's page in a real browser. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Heard, openReport, reportRun } from './reported-run.js';

const BROWSER = process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(BROWSER);
if (!isThere) console.log(`skipped: no browser at ${BROWSER} (AURICLE_CHROMIUM names another)`);

const DEV: Heard[] = [
  { source: 'right.wav', said: 'the cat sat', heard: 'the cat sat' },
  { source: 'wrong.wav', said: 'the dog sat', heard: 'a dog' },
];

describe.skipIf(!isThere)('the page of a run', () => {
  let browser: Browser;
  let folder: string;
  let problems: string[];
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'auricle-page-'));
    problems = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  const address = () => pathToFileURL(join(folder, 'run.html')).href;
  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => problems.push(message.text()));
    page.on('dialog', (dialog) => problems.push(`dialog ${dialog.message()}`));
    page.on('request', (request) => {
      const url = request.url();
      if (url !== address() && !url.startsWith('data:image/png')) problems.push(`asks for ${url}`);
    });
    await page.goto(address());
    return page;
  }

  it.each(['light', 'dark'] as const)('draws every curve, %s, and nothing goes wrong', async (colorScheme) => {
    const run = openReport(folder, DEV);
    reportRun(run, 400);
    run.report.end();
    const page = await open({ colorScheme });
    /** Pixels of each chart that are neither transparent nor grey: those of its curves. */
    const coloured = await page.locator('[data-chart] canvas').evaluateAll((canvases) =>
      (canvases as HTMLCanvasElement[]).map((canvas) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
        let count = 0;
        for (let i = 0; i < data.length; i += 4)
          if (
            data[i + 3] > 128 &&
            Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60
          )
            count++;
        return count;
      }),
    );
    expect(coloured).toHaveLength(5);
    for (const count of coloured) expect(count).toBeGreaterThan(100);
    const picture = await page
      .locator('svg image')
      .first()
      .evaluate(async (image) => {
        const copy = new Image();
        copy.src = image.getAttribute('href')!;
        await copy.decode();
        return [copy.width, copy.height];
      });
    expect(picture).toEqual([100, 80]);
    expect([problems, run.warnings]).toEqual([[], []]);
    await page.context().close();
  });

  it('tells how the run went, what was misheard and what for', async () => {
    const run = openReport(folder, DEV);
    reportRun(run, 400);
    run.report.add({ kind: 'done', step: 400, bestErrorRate: 0.25, stoppedEarly: false });
    run.report.end();
    const page = await open();
    expect(await page.locator('.state').textContent()).toBe('Done');
    const text = await page.locator('main').textContent();
    for (const part of ['400 of 400', '25.00 % (CER 25.00 %)', '25.00 % after epoch 2', '1.00M parameters'])
      expect(text).toContain(part);
    expect(await page.locator('ol > li').count()).toBe(1);
    expect(await page.locator('ol > li').textContent()).toBe('wrong.wav: 2 errors in 3 wordsthe a dog sat');
    expect(await page.locator('ol del').allTextContents()).toEqual(['the', 'sat']);
    expect(await page.locator('ol ins').allTextContents()).toEqual(['a']);
    const cells = page.getByRole('table', { name: '1 substituted, 16.7 %' }).locator('td');
    expect(await cells.allTextContents()).toEqual(['the', 'a', '1', '2']);
    expect(await page.locator('svg').count()).toBe(2);
    expect(await page.locator('#follow').count()).toBe(0);
    await page.context().close();
  });

  it('is whole without scripts: the tables have the figures', async () => {
    const run = openReport(folder, DEV);
    reportRun(run, 2000);
    run.report.end();
    const page = await open({ javaScriptEnabled: false });
    await page.locator('#epochs summary').click();
    expect(await page.locator('#epochs tbody tr').count()).toBe(2);
    const last = page.locator('#epochs tbody tr').last().locator('td');
    expect((await last.allTextContents()).slice(0, 4)).toEqual(['2', '2000', '1', '25.00 %']);
    await page.locator('#steps summary').click();
    const steps = await page.locator('#steps tbody tr td:first-child').allTextContents();
    expect(steps.length).toBeLessThanOrEqual(60);
    expect(steps.at(-1)).toBe('2000');
    await page.context().close();
  });

  it('fits on a phone, and has a name for everything that is a picture or can be moved', async () => {
    const long = `${'very/long/path/'.repeat(12)}x.wav`;
    const run = openReport(folder, [{ source: long, said: 'the cat', heard: `a ${'c'.repeat(78)}` }]);
    reportRun(run, 400);
    run.report.end();
    const page = await open({ viewport: { width: 360, height: 740 }, hasTouch: true });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    const unnamed = await page
      .locator('[role=img], [role=region], section, progress')
      .evaluateAll((all) => all.filter((element) => !element.getAttribute('aria-label')).length);
    expect(unnamed).toBe(0);
    await page.context().close();
  });

  it('shows hostile texts and runs nothing of them', async () => {
    const attack = '<img/src=x/onerror=alert(1)>';
    const breakOut = '</script><script>alert(2)</script>';
    const quoted = `"/onload="alert(3)"'/><svg/onload=alert(4)>`;
    const run = openReport(folder, [
      { source: attack, said: `${breakOut} yes`, heard: quoted },
      { source: quoted, said: attack, heard: breakOut },
    ]);
    reportRun(run, 40);
    run.report.end(new Error(`${breakOut} ${attack}`));
    const page = await open();
    expect(await page.locator('.state').textContent()).toBe(`Failed: ${breakOut} ${attack}`);
    expect(await page.locator('ol .quiet').allTextContents()).toEqual([
      expect.stringContaining(attack),
      expect.stringContaining(quoted),
    ]);
    expect(await page.locator('ol del').allTextContents()).toEqual([breakOut, 'yes', attack]);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(3);
    expect(problems).toEqual([]);
    await page.context().close();
  });

  it('lets no script run but its own, even if a text got through as it is', async () => {
    const run = openReport(folder, DEV);
    reportRun(run, 40);
    run.report.end();
    const path = join(folder, 'run.html');
    const page = await readFile(path, 'utf8');
    await writeFile(
      path,
      page.replace('<main>', '<main><script>window.broken = 1</script><img src=x onerror="broken = 2">'),
    );
    const opened = await open();
    expect(await opened.evaluate(() => 'broken' in window)).toBe(false);
    expect(problems.some((problem) => problem.includes('Content Security Policy'))).toBe(true);
    await opened.context().close();
  });

  it('reloads itself while the run lives, as long as one wants it to, and keeps open what is', async () => {
    const run = openReport(folder, DEV);
    reportRun(run, 400);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.clock.install();
    await page.goto(address());
    expect(await page.locator('.state').textContent()).toBe('Training');
    await page.locator('#epochs summary').click();
    await page.locator('#follow').uncheck();
    const html = await readFile(join(folder, 'run.html'), 'utf8');
    await writeFile(join(folder, 'run.html'), html.replace('>Training<', '>Still training<'));
    await page.clock.runFor(60_000);
    expect(await page.locator('.state').textContent()).toBe('Training');
    await page.locator('#follow').check();
    const reloaded = page.waitForEvent('load');
    await page.clock.runFor(21_000);
    await reloaded;
    expect(await page.locator('.state').textContent()).toBe('Still training');
    expect(await page.locator('#epochs').evaluate((details) => (details as HTMLDetailsElement).open)).toBe(true);
    await page.locator('#follow').uncheck();
    await page.clock.runFor(900_000);
    expect(await page.locator('#updated').textContent()).toContain('the run may have been killed');
    await context.close();
  });
});
