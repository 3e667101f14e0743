/** The examples as they stand, against a real server. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { readAudioFile } from '@auricle/audio';
import { createEngine, type Engine, type RunningServer, startServer, transcribeSamples } from '@auricle/serving';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openChromium } from '../e2e/chromium.js';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'models/digits-en');
const RECORDING = join(BUNDLE, 'recording.wav');
let engine: Engine;
let server: RunningServer;
let expected: string;

beforeAll(async () => {
  engine = await createEngine({ bundle: BUNDLE });
  server = await serving();
  expected = (await transcribeSamples(engine, await readAudioFile(RECORDING))).text;
});
afterAll(async () => {
  await server.close();
  await engine.close();
});

/** @param origins of pages that may use it */
const serving = (origins: string[] = []) =>
  startServer({ engine, port: 0, log: pino({ level: 'silent' }), access: { origins } });
const start = (...args: string[]) => spawn('node', args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
/** Lines of `start end text`. */
const wordsOf = (output: string) =>
  output
    .trimEnd()
    .split('\n')
    .flatMap((line) => line.split(' ').slice(2))
    .join(' ');

it('a file', async () => {
  const program = start('examples/file.mjs', RECORDING, server.url);
  expect(wordsOf(await text(program.stdout))).toBe(expected);
});

it('a telephone call over RTP', async () => {
  const program = start('examples/telephone.mjs', '0', server.url);
  const output = text(program.stdout);
  const [line] = await once(createInterface(program.stderr), 'line');
  const port = Number(/port (\d+)/.exec(line)![1]);
  const { samples, sampleRate } = await readAudioFile(RECORDING);
  expect(sampleRate).toBe(8000);
  const socket = createSocket('udp4');
  for (let at = 0, sequence = 65_530; at + 160 <= samples.length; at += 160, sequence = (sequence + 1) & 0xffff) {
    const packet = Buffer.alloc(172);
    packet[0] = 0x80;
    packet.writeUInt16BE(sequence, 2);
    packet.writeUInt32BE(at, 4);
    for (let i = 0; i < 160; i++) packet[12 + i] = muLaw(samples[at + i]);
    // One at a time, that none is dropped for want of room in the socket.
    await new Promise((resolve) => socket.send(packet, port, '127.0.0.1', resolve));
  }
  socket.close();
  expect(wordsOf(await output)).toBe(expected);
});

/** ITU-T G.711. */
function muLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(Math.round(sample * 32_768)), 32_635) + 132;
  const exponent = Math.floor(Math.log2(magnitude)) - 7;
  return ~((sample < 0 ? 0x80 : 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

describe.skipIf(!hasChromium())('captions over a video', () => {
  it('are what is said', async () => {
    const program = start('examples/captions/serve.mjs', RECORDING, '0');
    const [address] = await once(createInterface(program.stdout), 'line');
    const { origin } = new URL(address);
    const recogniser = await serving([origin]);
    const chromium = await openChromium(RECORDING);
    try {
      const page = await chromium.context.newPage();
      await page.goto(`${origin}/?server=${recogniser.url}`);
      await page.evaluate(() => {
        const shown = new Set<string>();
        Object.assign(globalThis, { shown });
        const video = document.querySelector('video')!;
        for (const track of video.textTracks) {
          const add = track.addCue.bind(track);
          track.addCue = (cue) => {
            shown.add((cue as VTTCue).text);
            add(cue);
          };
        }
        return video.play();
      });
      await page.waitForFunction(
        (whole) =>
          [...(globalThis as unknown as { shown: Set<string> }).shown].some(
            (said) => said.split(' ').length > 2 && whole.endsWith(said),
          ),
        expected,
        { timeout: 90_000 },
      );
    } finally {
      await chromium.close();
      program.kill();
      await recogniser.close();
    }
  });
});
