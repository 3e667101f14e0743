/** `auricle batch work`: jobs of the queue are transcribed until a signal ends it; with paths, these in this process without a Redis. */
import { Command } from 'commander';
import { withBatchOptions } from '../../batch/job-queue.js';
import { runWork, type WorkFlags } from '../../batch/run-work.js';
import { withDecodingOptions } from '../../decoding-options.js';
import { cliError, wholeNumber } from '../../errors.js';
import { withTextOptions } from '../../text-options.js';
import { withRecognitionOptions } from '../../transcription/options.js';

const MEBIBYTE = 2 ** 20;

export const workCommand = withTextOptions(
  withDecodingOptions(withRecognitionOptions(withBatchOptions(new Command('work')))),
)
  .description(
    'transcribe what is in the queue\n\n' +
      'All workers of a batch are given the same options. SIGTERM and SIGINT give back what is under way.',
  )
  .argument('[paths...]', 'what to transcribe in this process, without a Redis, as `auricle batch submit` has it')
  .requiredOption('--output-dir <place>', 'where results go: a folder, or s3://bucket/prefix')
  .option('--root <folder>', 'folder of the recordings that were submitted as files', '.')
  .option('--parallel <count>', 'recordings under way at a time (16 a worker)', wholeNumber('--parallel', 1, 4096))
  .option('--resume', 'pass over jobs whose results are there', false)
  .option('--until-empty', 'end when no job is left', false)
  .option(
    '--lease-seconds <seconds>',
    'without a sign of life from a worker, after which its jobs are given to others',
    wholeNumber('--lease-seconds', 1, 3600),
    30,
  )
  .option('--hosts <names>', 'that addresses may lead to, as example.com,*.example.org (all)', hosts, [])
  .option('--private-addresses', 'addresses may also lead into private networks, and to this machine', false)
  .option(
    '--most-megabytes <count>',
    'of a recording that is fetched',
    (value: string) => wholeNumber('--most-megabytes', 1, 1_000_000)(value) * MEBIBYTE,
    1024 * MEBIBYTE,
  )
  .option('--quiet', 'no progress', false)
  .action(async (paths: string[], flags: WorkFlags) => {
    process.exitCode = await runWork(paths, flags);
  });

function hosts(value: string): string[] {
  const names = value.split(',').map((name) => name.trim().toLowerCase());
  if (names.some((name) => !/^(\*\.)?[a-z0-9.:[\]-]+$/.test(name))) throw cliError('AUR_CLI_HOST', { value });
  return names;
}
