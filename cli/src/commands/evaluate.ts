/** `auricle evaluate`: a model bundle and a manifest go in, its error rates come out. */
import { loadPcm, readManifest } from '@auricle/datasets';
import { characterErrorRate, type TextPair, wordErrorRate } from '@auricle/decoding';
import { createEngine, startServer, transcribeSamples } from '@auricle/serving';
import { Command } from 'commander';
import { pino } from 'pino';
import { type DecodingFlags, decodingOf, warnOfHotwords, withDecodingOptions } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { wholeNumber } from '../errors.js';
import { streamRecording } from '../stream-recording.js';

interface Options extends DecodingFlags {
  model: string;
  float: boolean;
  server: boolean;
  packetMs: number;
  errors: boolean;
}

/** Streams side by side. */
const PARALLEL = 8;

export const evaluateCommand = withDecodingOptions(
  new Command('evaluate')
    .description('word and character error rate of a model bundle on a manifest')
    .argument('<manifest>')
    .option('--model <bundle>', 'folder of a model bundle', DEFAULT_BUNDLE)
    .option('--float', 'use the float model where there is an int8 one too', false)
    .option('--server', 'through a real server and WebSocket connections instead of in process', false)
    .option('--packet-ms <ms>', 'audio a packet, with --server', wholeNumber('--packet-ms', 1, 10_000), 20)
    .option('--errors', 'list the utterances that are not exact', false),
).action(async (manifest: string, options: Options) => {
  const decoding = await decodingOf(options);
  const precision = options.float ? 'float' : undefined;
  const engine = await createEngine({ bundle: options.model, precision, decoding });
  warnOfHotwords(engine, decoding);
  const server = options.server ? await startServer({ engine, port: 0, log: pino({ level: 'silent' }) }) : undefined;
  const utterances = await readManifest(manifest);
  const pairs: TextPair[] = [];
  let next = 0;
  const work = async () => {
    for (let at = next++; at < utterances.length; at = next++) {
      const pcm = await loadPcm(manifest, utterances[at]);
      const hypothesis = server
        ? (await streamRecording(server.url, pcm, options.packetMs)).map((f) => f.text).join(' ')
        : (await transcribeSamples(engine, pcm)).text;
      pairs[at] = { reference: utterances[at].text, hypothesis };
    }
  };
  try {
    await Promise.all(Array.from({ length: PARALLEL }, work));
  } finally {
    await server?.close();
    await engine.close();
  }
  report(pairs, options.errors);
});

function report(pairs: TextPair[], listErrors: boolean): void {
  if (listErrors)
    for (const { reference, hypothesis } of pairs)
      if (reference !== hypothesis) console.log(`reference: ${reference}\nhypothesis: ${hypothesis}\n`);
  const percent = (rate: number) => `${(100 * rate).toFixed(2)} %`;
  const words = wordErrorRate(pairs);
  const { substitutions, insertions, deletions, referenceUnits, exact, utterances } = words;
  console.log(
    `WER ${percent(words.rate)} (${substitutions} substitutions, ${insertions} insertions, ${deletions} deletions of ${referenceUnits} words)`,
  );
  console.log(`CER ${percent(characterErrorRate(pairs).rate)}`);
  console.log(`${exact} of ${utterances} utterances exact (${percent(exact / utterances)})`);
}
