/** `auricle export`: a checkpoint goes in, a model bundle for the server and for sherpa-onnx comes out. */
import { Command, Option } from 'commander';
import { costLine } from '../bridge/cost-line.js';
import { cliError, wholeNumber } from '../errors.js';

const CHUNKS_MS = [80, 160, 320, 640];

function chunkMilliseconds(value: string): number {
  const milliseconds = Number(value);
  if (!CHUNKS_MS.includes(milliseconds)) throw cliError('AUR_CLI_CHUNK', { value, choices: CHUNKS_MS.join(', ') });
  return milliseconds;
}

interface Options {
  chunkMs: number;
  leftMs?: number;
  fullContext: boolean;
  recipe?: string;
  int8: boolean;
}

export const exportCommand = new Command('export')
  .description('export a checkpoint as a model bundle; nothing is written unless it equals the training forward')
  .argument('<checkpoint>', 'for example runs/digits-en/checkpoints/best.safetensors')
  .argument('<bundle>', 'folder to write')
  .option('--chunk-ms <ms>', `audio that the model takes at a time: ${CHUNKS_MS.join(', ')}`, chunkMilliseconds, 320)
  .option(
    '--left-ms <ms>',
    'audio before the chunk that attention sees, a multiple of it (default: as in training)',
    wholeNumber('--left-ms', 0, 60_000),
  )
  .addOption(
    new Option('--full-context', 'a model of whole utterances instead of a streaming one')
      .default(false)
      .conflicts(['chunkMs', 'leftMs']),
  )
  .option('--recipe <file>', 'settings in place of those in a checkpoint of another version')
  .option('--no-int8', 'leave out the int8 model')
  .action(async (path: string, dir: string, { chunkMs, leftMs, fullContext, recipe, int8 }: Options) => {
    // Loaded here, so that no other command waits for TF.js.
    const { encoderFrameMs, exportBundle, loadCheckpoint, readTrainConfig } = await import('@auricle/training');
    const settings = recipe === undefined ? undefined : await readTrainConfig(recipe, []);
    const checkpoint = await loadCheckpoint(path, settings);
    const frameMs = encoderFrameMs(checkpoint.spec.config);
    const chunk = fullContext ? 'full' : chunkMs / frameMs;
    const leftContext = leftMs === undefined ? undefined : leftMs / frameMs;
    const report = await exportBundle(checkpoint, dir, { chunk, leftContext, int8 });
    console.log(`largest difference from the training forward: ${report.parity.toExponential(1)}`);
    if (!report.trained)
      console.log(
        `it was not trained with ${fullContext ? 'whole utterances (batches.chunks: full)' : 'such chunks'}: measure what it hears`,
      );
    if (report.int8) console.log(costLine(report.int8));
    for (const [file, bytes] of Object.entries(report.files))
      console.log(`${dir}/${file}: ${(bytes / 1e6).toFixed(2)} MB`);
  });
