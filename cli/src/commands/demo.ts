/** `auricle demo`: the bundled recording goes through a real WebSocket connection, its text is printed, and the service stays up. */
import { join } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { createEngine, startServer } from '@auricle/serving';
import { Command } from 'commander';
import { pino } from 'pino';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { wholeNumber } from '../errors.js';
import { streamRecording } from '../stream-recording.js';

export const demoCommand = new Command('demo')
  .description(
    'stream the bundled recording through a server, print what it says, and keep serving the microphone page',
  )
  .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber('--port', 0, 65_535), 8080)
  .option('--once', 'end after the recording', false)
  .action(async ({ port, once }: { port: number; once: boolean }) => {
    const engine = await createEngine({ bundle: DEFAULT_BUNDLE });
    const server = await startServer({ engine, port, log: pino({ level: 'warn' }) });
    const close = async () => {
      await server.close();
      await engine.close();
    };
    const pcm = await readAudioFile(join(DEFAULT_BUNDLE, 'recording.wav'));
    const started = performance.now();
    const finals = await streamRecording(server.url, pcm, 20);
    const seconds = (performance.now() - started) / 1000;
    const duration = pcm.samples.length / pcm.sampleRate;

    console.log(`\n${finals.map((f) => f.text).join(' ')}\n`);
    for (const { word, start, end, confidence } of finals.flatMap((f) => f.words))
      console.log(
        `${start.toFixed(2).padStart(7)} s ${end.toFixed(2).padStart(6)} s  ${word.padEnd(8)} ${confidence.toFixed(2)}`,
      );
    console.log(
      `\n${duration.toFixed(2)} s of audio in ${seconds.toFixed(2)} s: real-time factor ${(seconds / duration).toFixed(3)}`,
    );
    if (once) return close();
    console.log(`\nSpeak into the page at ${server.url} (Ctrl-C ends)`);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, close);
  });
