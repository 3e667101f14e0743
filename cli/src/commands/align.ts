/** `auricle align`: recordings and what is said in them go in, when each word is said comes out as CTM, TextGrid or SRT. */
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { loadPcm, normaliseText, readManifest, rulesOf, utteranceId } from '@auricle/datasets';
import {
  captions,
  ctm,
  srt,
  type TextAlignment,
  type TextGridTier,
  type TimedWord,
  type TokenTable,
  textGrid,
} from '@auricle/decoding';
import { createEngine } from '@auricle/serving';
import { frameSecondsOf } from '@auricle/serving/recogniser';
import { Command } from 'commander';
import { textOf } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { cliError } from '../errors.js';
import { alignRecording, isAboutRecording } from '../words/align-recording.js';

interface Options {
  text?: string;
  model: string;
  float: boolean;
  normalise?: string;
  ctm?: string;
  textgrid?: string;
  srt?: string;
  tokens: boolean;
}

/** Of a command that did its work but could not align every recording. */
const NOT_ALL = 2;

export const alignCommand = new Command('align')
  .description(
    'when each word of a known text is said, as CTM, TextGrid or SRT\n\n' +
      'Recordings that cannot be read or do not hold their text are named and left out; the exit code is 2 then.',
  )
  .argument('<inputs...>', 'manifests; with --text a recording')
  .option('--text <file>', 'what is said in the recording')
  .option('--model <bundle>', 'folder of a model bundle', DEFAULT_BUNDLE)
  .option('--float', 'use the float model where there is an int8 one too', false)
  .option(
    '--normalise <language>',
    'bring the text into the form of "auricle data normalise" first (BCP 47: en, de, ...)',
    (tag) => {
      rulesOf(tag);
      return tag;
    },
  )
  .option('--ctm <file>', 'all words as CTM there (without --textgrid and --srt they are printed)')
  .option('--textgrid <folder>', 'a TextGrid of each recording there')
  .option('--srt <folder>', 'SubRip captions of each recording there')
  .option('--tokens', 'a tier of tokens in TextGrids; CTM of tokens instead of words', false)
  .action(async (inputs: string[], options: Options) => {
    if (options.text !== undefined && inputs.length > 1)
      throw cliError('AUR_CLI_PATHS', { problem: `--text is of one recording: ${inputs.length} are given` });
    const { model, float } = options;
    const engine = await createEngine({ bundle: model, precision: float ? 'float' : undefined });
    const frameSeconds = frameSecondsOf(engine.bundle);
    const lines: string[] = [];
    let failed = 0;
    try {
      for await (const { id, text, load } of tasks(inputs, options)) {
        try {
          const pcm = await load();
          const { alignment } = await alignRecording(engine, pcm, normalised(text, options.normalise));
          const tokens = tokenWords(alignment, engine.bundle.tokens, frameSeconds);
          lines.push(ctm(options.tokens ? tokens : alignment.words, { recording: id }));
          const seconds = pcm.samples.length / pcm.sampleRate;
          const tiers: TextGridTier[] = [{ name: 'words', intervals: alignment.words }];
          if (options.tokens) tiers.push({ name: 'tokens', intervals: tokens });
          if (options.textgrid) await writeIn(options.textgrid, `${id}.TextGrid`, textGrid(tiers, seconds));
          if (options.srt) await writeIn(options.srt, `${id}.srt`, srt(captions([alignment.words])));
        } catch (error) {
          const { code = '', message } = error as Error & { code?: string };
          if (!isAboutRecording(code)) throw error;
          failed++;
          process.stderr.write(`auricle: not aligned: ${id}: ${code}: ${message}\n`);
        }
      }
    } finally {
      await engine.close();
    }
    if (options.ctm) await writeFile(options.ctm, lines.join(''));
    else if (!options.textgrid && !options.srt) console.log(lines.join('').trimEnd());
    if (failed > 0) process.exitCode = NOT_ALL;
  });

async function* tasks(inputs: readonly string[], { text }: Options) {
  if (text !== undefined) {
    const said = await textOf(text);
    yield { id: withoutExtension(basename(inputs[0])), text: said, load: () => readAudioFile(inputs[0]) };
    return;
  }
  for (const manifest of inputs)
    for (const utterance of await readManifest(manifest))
      yield { id: utteranceId(utterance)!, text: utterance.text, load: () => loadPcm(manifest, utterance) };
}

const withoutExtension = (name: string) => name.replace(/\.[^.]+$/, '');

const normalised = (text: string, language: string | undefined) =>
  language === undefined ? text : normaliseText(text, language).text;

/** Tokens stand where the model emitted them. */
const tokenWords = ({ tokens }: TextAlignment, { symbols }: TokenTable, frameSeconds: number): TimedWord[] =>
  tokens.map(({ id, frame, endFrame, confidence }) => ({
    word: symbols[id],
    start: frame * frameSeconds,
    end: endFrame * frameSeconds,
    confidence,
  }));

async function writeIn(folder: string, name: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Ids are often paths.
  await writeFile(join(folder, name.replace(/[/\\]/g, '_')), text);
}
