// The pictures of the README: a recording of the terminal, and the page while it hears the bundled recording as its microphone.
//   node scripts/readme-pictures.mjs [docs/pictures]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { encodeWav, readAudioFile } from '@auricle/audio';
import { chromium } from 'playwright-core';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = process.argv[2] ?? join(ROOT, 'docs/pictures');
await mkdir(folder, { recursive: true });

const server = spawn('node', ['cli/dist/main.js', 'demo', '--port', '0'], {
  cwd: ROOT,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const started = performance.now();
const lines = [{ ms: 0, said: '$ npm start' }];
let address;
for await (const said of createInterface(server.stdout)) {
  lines.push({ ms: performance.now() - started, said });
  address = /at (http:\S+)/.exec(said)?.[1];
  if (address) break;
}

const LINE = 20;
const WIDTH = 720;
const REST_MS = 4000;
/** Each line appears when it was printed, over and over. */
function terminal() {
  const total = lines.at(-1).ms + REST_MS;
  const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const shown = lines.map(({ ms, said }, i) => {
    const from = ((100 * ms) / total).toFixed(2);
    return [
      `<style>@keyframes l${i}{0%{opacity:0}${from}%{opacity:0}${from}1%{opacity:1}100%{opacity:1}}`,
      `.l${i}{animation:l${i} ${Math.round(total)}ms step-end infinite}</style>`,
      `<text class="l${i}" x="16" y="${32 + LINE * i}" xml:space="preserve">${escaped(said)}</text>`,
    ].join('');
  });
  const height = 32 + LINE * lines.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" font-family="monospace" font-size="14" fill="#e6e6e6">`,
    `<title>npm start in a terminal</title><rect width="${WIDTH}" height="${height}" rx="8" fill="#1b1f23"/>`,
    ...shown,
    '</svg>\n',
  ].join('\n');
}
await writeFile(join(folder, 'terminal.svg'), terminal());

const scratch = await mkdtemp(join(tmpdir(), 'auricle-pictures-'));
const spoken = await readAudioFile(join(ROOT, 'models/digits-en/recording.wav'));
const pause = new Float32Array(2 * spoken.sampleRate);
const microphone = join(scratch, 'microphone.wav');
await writeFile(
  microphone,
  encodeWav({ ...spoken, samples: Float32Array.from([...pause, ...spoken.samples, ...pause]) }),
);
const browser = await chromium.launch({
  executablePath: process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-audio-capture=${microphone}%noloop`,
  ],
});
const page = await browser.newPage({ viewport: { width: 1000, height: 640 }, colorScheme: 'light' });
await page.goto(address);
await page.locator('#microphone').click();
await page.waitForFunction(() => document.querySelectorAll('#partial .word').length > 4);
await page.screenshot({ path: join(folder, 'page.png') });
await browser.close();
server.kill();
await once(server, 'exit');
await rm(scratch, { recursive: true });
console.log(`${folder}: terminal.svg, page.png`);
