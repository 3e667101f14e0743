// The pictures of docs/guides/see-a-run.md: the page of a run, its curves and what was heard, as Chromium shows them.
//   node scripts/run-page-pictures.mjs runs/NAME docs/guides/pictures
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

/** Two curves beside each other. */
const WIDTH = 1080;
const [run, folder] = process.argv.slice(2);
const executablePath = process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, colorScheme: 'light' });
await page.goto(pathToFileURL(resolve(run, 'run.html')).href);

const topOf = async (selector) => (await page.locator(selector).first().boundingBox()).y;
const bottomOf = async (selector) => {
  const { y, height } = await page.locator(selector).first().boundingBox();
  return y + height;
};
async function take(name, from, to) {
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: from, width: WIDTH, height: to - from } });
  console.log(path);
}
await take('run-curves', 0, await topOf('#epochs'));
const worst = 'section[aria-label="Worst utterances"]';
await take('run-worst', await topOf(worst), await bottomOf(`${worst} li:nth-child(5)`));
const emissions = 'section[aria-label="Emissions"]';
await take('run-emissions', await topOf(emissions), await bottomOf(`${emissions} figure`));
await browser.close();
