/** `auricle serve`: a model bundle goes in, a service for live streams stays up until it is told to stop. */
import type { EndpointRule } from '@auricle/decoding';
import { createEngine, startServer } from '@auricle/serving';
import { Command } from 'commander';
import { type DecodingFlags, decodingOf, warnOfHotwords, withDecodingOptions } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { endpointOption } from '../endpoint-option.js';
import { wholeNumber } from '../errors.js';
import { modelFolder } from '../models/store.js';
import { type TextFlags, withTextOptions, writtenFormOf } from '../text-options.js';

interface Options extends DecodingFlags, TextFlags {
  model: string;
  host: string;
  port: number;
  workers: number;
  maxStreams: number;
  endpoint?: EndpointRule[];
}

export const serveCommand = withTextOptions(
  withDecodingOptions(new Command('serve'))
    .description('serve live streams over WebSocket, with a microphone page at /')
    .option('--model <bundle>', 'name or folder of a model', DEFAULT_BUNDLE)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on; 0 takes a free one', wholeNumber('--port', 0, 65_535), 8080)
    .option('--workers <count>', 'inference threads', wholeNumber('--workers', 1, 1024), 1)
    .option('--max-streams <count>', 'streams open at a time', wholeNumber('--max-streams', 1, 1_000_000), 1000)
    .option(
      '--endpoint <json>',
      'Kaldi\'s five endpoint rules and what is other than their defaults, for example \'{"rule2":{"trailingSilence":0.8}}\'',
      endpointOption,
    ),
).action(async (options: Options) => {
  const { host, port, workers, maxStreams } = options;
  const decoding = await decodingOf(options);
  const engine = await createEngine({
    bundle: await modelFolder(options.model),
    workers,
    maxStreams,
    decoding,
    endpointRules: options.endpoint,
    writtenForm: writtenFormOf(options),
  });
  warnOfHotwords(engine, decoding);
  const server = await startServer({ engine, host, port });
  const stop = async () => {
    await server.close();
    await engine.close();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
});
