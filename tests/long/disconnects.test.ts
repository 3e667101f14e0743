/** Ten minutes of speech over a line that breaks a hundred times: no word is lost, none comes twice. */
import { createEngine, startServer, transcribeSamples } from '@auricle/serving';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { cuttingProxy } from '../client/fixtures/cutting-proxy.js';
import { DIGITS, joinedDigits, seededRandom } from '../client/fixtures/joined-digits.js';
import { brokenRun, finalWords } from '../client/fixtures/live-run.js';

const CUTS = 100;

it.each([1, 2, 3, 4, 5])('the words of an unbroken stream after 100 forced disconnects, seed %i', async (seed) => {
  const random = seededRandom(seed);
  const engine = await createEngine({ bundle: DIGITS });
  const server = await startServer({ engine, port: 0, log: pino({ level: 'silent' }) });
  const proxy = await cuttingProxy(server.url);
  try {
    const recording = await joinedDigits(600, random);
    const unbroken = await transcribeSamples(engine, recording);
    // Rounded to 16 bits, a word that is hardly likelier than another may become the other, also over a good line.
    const results = await brokenRun(proxy, recording, CUTS, random, { encoding: 'f32le' });
    const expected = unbroken.text.split(' ');
    console.log(`seed ${seed}: ${proxy.cuts} cuts, ${expected.length} words, ${unbroken.segments.length} segments`);
    expect(proxy.cuts).toBe(CUTS);
    expect(finalWords(results).map(({ word }) => word)).toEqual(expected);
  } finally {
    await proxy.close();
    await server.close();
    await engine.close();
  }
});
