/** `auricle export`: a checkpoint goes in, a model bundle for the server and for sherpa-onnx comes out. */
import { Command } from 'commander';
import { cliError } from '../errors.js';

/** Milliseconds of an encoder frame. */
const FRAME_MS = 40;
const CHUNKS_MS = [80, 160, 320, 640];

function chunkFrames(value: string): number {
  const milliseconds = Number(value);
  if (!CHUNKS_MS.includes(milliseconds)) throw cliError('AUR_CLI_CHUNK', { value, choices: CHUNKS_MS.join(', ') });
  return milliseconds / FRAME_MS;
}

export const exportCommand = new Command('export')
  .description(
    'export a checkpoint as a streaming model bundle; nothing is written unless it equals the training forward',
  )
  .argument('<checkpoint>', 'for example runs/digits-en/checkpoints/best.safetensors')
  .argument('<bundle>', 'folder to write')
  .option(
    '--chunk-ms <ms>',
    `audio that the model takes at a time: ${CHUNKS_MS.join(', ')}`,
    chunkFrames,
    320 / FRAME_MS,
  )
  .option('--no-int8', 'leave out the int8 model')
  .action(async (path: string, dir: string, { chunkMs: chunk, int8 }: { chunkMs: number; int8: boolean }) => {
    // Loaded here, so that no other command waits for TF.js.
    const { exportBundle, loadCheckpoint } = await import('@auricle/training');
    const report = await exportBundle(await loadCheckpoint(path), dir, { chunk, int8 });
    console.log(`largest difference from the training forward: ${report.parity.toExponential(1)}`);
    for (const [file, bytes] of Object.entries(report.files))
      console.log(`${dir}/${file}: ${(bytes / 1e6).toFixed(2)} MB`);
  });
