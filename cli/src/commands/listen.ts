/** `auricle listen`: the microphone or a pipe goes in, its text appears while one speaks. */
import { createEngine } from '@auricle/serving';
import { Command } from 'commander';
import {
  DECODING_FLAGS,
  type DecodingFlags,
  decodingOf,
  warnOfHotwords,
  withDecodingOptions,
} from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { cliError, wholeNumber } from '../errors.js';
import { type Hearer, type HearingEvents, hearByEngine, hearByServer } from '../listen/hearer.js';
import type { LiveAudio } from '../listen/live-audio.js';
import { LiveLines } from '../listen/live-lines.js';
import { readPipe } from '../listen/pipe.js';
import { recordMicrophone } from '../listen/recorder.js';

interface Options extends DecodingFlags {
  model: string;
  server?: string;
  device?: string;
  rate: number;
  json: boolean;
}

/** These tell an engine in this process how to decode; a server has its own way. */
const OF_THE_ENGINE = ['model', ...DECODING_FLAGS];

export const listenCommand = withDecodingOptions(
  new Command('listen')
    .description('transcribe the microphone while one speaks (by arecord, sox or ffmpeg), or a pipe; Ctrl-C ends')
    .argument(
      '[source]',
      '"-": standard input, as WAV, Ogg, WebM, FLAC, MP3, or bare 16-bit samples (default: the microphone)',
    )
    .option('--server <url>', 'let a server recognise, instead of a model in this process')
    .option('--model <bundle>', 'folder of a model bundle', DEFAULT_BUNDLE)
    .option('--device <name>', 'microphone, as the recording program names it')
    .option('--rate <hertz>', 'of bare samples in a pipe', wholeNumber('--rate', 1000, 192_000), 16_000)
    .option('--json', 'one JSON object a segment, with words and times', false),
).action(async (source: string | undefined, options: Options, command: Command) => {
  if (source !== undefined && source !== '-')
    throw cliError('AUR_CLI_PATHS', { problem: `"${source}" is no source: expected "-"; \`transcribe\` takes files` });
  const idle = OF_THE_ENGINE.find((name) => options.server && command.getOptionValueSource(name) === 'cli');
  if (idle) throw cliError('AUR_CLI_PATHS', { problem: `--server decides how to decode: --${idle} goes without it` });
  const stop = new AbortController();
  // The second one ends the process, as it always does.
  process.once('SIGINT', () => stop.abort());
  const audio =
    source === '-' ? await readPipe(process.stdin, options.rate) : recordMicrophone(stop.signal, options.device);
  const lines = new LiveLines(process.stdout);
  const { hearer, close } = await hearerOf(options, audio.sampleRate, {
    onPartial: (segment) => {
      if (!options.json) lines.partial(segment);
    },
    onFinal: (segment) => {
      if (options.json) process.stdout.write(`${JSON.stringify(segment)}\n`);
      else lines.final(segment);
    },
    onNotice: (text) => {
      lines.clear();
      process.stderr.write(`auricle: ${text}\n`);
    },
  });
  if (process.stderr.isTTY) process.stderr.write(`Listening to ${audio.source}; Ctrl-C ends.\n`);
  try {
    await hear(audio, hearer, stop.signal);
  } finally {
    lines.clear();
    await close();
  }
});

async function hear(audio: LiveAudio, hearer: Hearer, stop: AbortSignal): Promise<void> {
  for await (const samples of audio.samples) {
    if (stop.aborted) break;
    await hearer.push(samples);
  }
  await hearer.finish();
}

async function hearerOf(options: Options, sampleRate: number, events: HearingEvents) {
  if (options.server !== undefined)
    return { hearer: await hearByServer(options.server, sampleRate, events), close: async () => undefined };
  const decoding = await decodingOf(options);
  const engine = await createEngine({ bundle: options.model, decoding });
  warnOfHotwords(engine, decoding);
  return { hearer: hearByEngine(engine, sampleRate, events), close: () => engine.close() };
}
