/** `auricle transcribe`: audio files go in, their texts come out. */
import { readAudioFile } from '@auricle/audio';
import { createEngine, transcribeSamples } from '@auricle/serving';
import { Command } from 'commander';
import { type DecodingFlags, decodingOf, warnOfHotwords, withDecodingOptions } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { type TextFlags, withTextOptions, writtenFormOf } from '../text-options.js';

export const transcribeCommand = withTextOptions(
  withDecodingOptions(new Command('transcribe'))
    .description('transcribe audio files (WAV, FLAC, Ogg Opus)')
    .argument('<files...>')
    .option('--model <bundle>', 'folder of a model bundle', DEFAULT_BUNDLE)
    .option('--float', 'use the float model where there is an int8 one too', false)
    .option('--json', 'one JSON object a file, with words and times', false),
).action(
  async (files: string[], options: DecodingFlags & TextFlags & { model: string; float: boolean; json: boolean }) => {
    const decoding = await decodingOf(options);
    const precision = options.float ? 'float' : undefined;
    const engine = await createEngine({
      bundle: options.model,
      precision,
      decoding,
      writtenForm: writtenFormOf(options),
    });
    warnOfHotwords(engine, decoding);
    try {
      for (const file of files) {
        const transcript = await transcribeSamples(engine, await readAudioFile(file));
        if (options.json) console.log(JSON.stringify({ file, ...transcript }));
        else console.log(files.length === 1 ? transcript.text : `${file}\t${transcript.text}`);
      }
    } finally {
      await engine.close();
    }
  },
);
