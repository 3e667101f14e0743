/** Paths and options go in; all that can be transcribed is, what cannot is told at the end, and an exit code comes out. */

import { stat } from 'node:fs/promises';
import { type Engine, transcribe } from '@auricle/serving';
import { cliError } from '../errors.js';
import { reportLines, reportOf } from '../scoring/report.js';
import { scoreTexts } from '../scoring/score-texts.js';
import { checkTogether, type TranscribeFlags } from './options.js';
import { Outputs } from './outputs.js';
import { BatchProgress, printable } from './progress.js';
import { recognitionEngine } from './recognition-engine.js';
import { findRecordings, type Recording, type Recordings } from './recordings.js';
import { References } from './references.js';
import { watchFolder } from './watch-folder.js';

/** Some recordings could not be transcribed; 1 is a command that could not begin. */
const SOME_FAILED = 2;
/** Files of folders that are no recordings, by name; the rest is counted. */
const SHOWN = 10;

interface Failure {
  title: string;
  error: Error & { code?: string };
}

/** @throws as `createEngine`, AUR_CLI_PATHS, AUR_CLI_FILE, AUR_MANIFEST_… */
export async function runTranscription(paths: readonly string[], flags: TranscribeFlags): Promise<number> {
  checkTogether(paths, flags);
  const references = flags.reference === undefined ? undefined : await References.read(flags.reference);
  const engine = await recognitionEngine(flags);
  try {
    return await (flags.watch
      ? watchAndTranscribe(engine, paths[0], flags)
      : transcribeAll(engine, paths, flags, references));
  } finally {
    await engine.close();
  }
}

async function transcribeAll(
  engine: Engine,
  paths: readonly string[],
  flags: TranscribeFlags,
  references: References | undefined,
): Promise<number> {
  const found = await findRecordings(paths, process.stdin);
  try {
    tellPassedOver(found);
    const failures: Failure[] = [...found.failures];
    const recordings = withoutClashes(found.recordings, flags, failures);
    if (recordings.length === 0 && failures.length === 0)
      throw cliError('AUR_CLI_PATHS', { problem: `${paths.join(', ')}: no recording found` });
    const attempted = recordings.length + failures.length;
    const outputs = await Outputs.open(flags, engine, recordings.length);
    const bytes = new Map<string, number>();
    for (const { file, title } of recordings) bytes.set(title, (await stat(file).catch(() => undefined))?.size ?? 0);
    const total = { files: recordings.length, bytes: [...bytes.values()].reduce((a, b) => a + b, 0) };
    const progress = new BatchProgress(flags.quiet ? undefined : total, process.stderr);
    await work(engine, recordings, flags, { outputs, failures, progress, references, bytes });
    progress.stop();
    tellFailures(failures, attempted);
    if (references) tellErrorRates(references, flags);
    return failures.length > 0 ? SOME_FAILED : 0;
  } finally {
    await found.cleanUp();
  }
}

async function watchAndTranscribe(engine: Engine, folder: string, flags: TranscribeFlags): Promise<number> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw cliError('AUR_CLI_PATHS', { problem: `--watch: ${folder} is no folder` });
  const ended = new AbortController();
  const end = () => ended.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  const outputs = await Outputs.open(flags, engine, Number.POSITIVE_INFINITY);
  const failures: Failure[] = [];
  const progress = new BatchProgress(undefined, process.stderr);
  const claimed = new Map<string, string>();
  const recordings = async function* () {
    for await (const recording of watchFolder(folder, ended.signal)) {
      const { name, file, title } = recording;
      const other = claimed.get(name) ?? file;
      if (other !== file) failures.push({ title, error: clash(flags, name, other) });
      else yield recording;
      claimed.set(name, other);
    }
  };
  if (!flags.quiet) process.stderr.write(`watching ${printable(folder)}\n`);
  await work(engine, recordings(), flags, { outputs, failures, progress, bytes: new Map() });
  tellFailures(failures, claimed.size);
  return failures.length > 0 ? SOME_FAILED : 0;
}

interface Work {
  outputs: Outputs;
  failures: Failure[];
  progress: BatchProgress;
  references?: References;
  /** of each recording, by its title */
  bytes: ReadonlyMap<string, number>;
}

async function work(
  engine: Engine,
  recordings: Iterable<Recording> | AsyncIterable<Recording>,
  flags: TranscribeFlags,
  { outputs, failures, progress, references, bytes }: Work,
): Promise<void> {
  const placeOf = ({ title }: Recording) => ({ title, bytes: bytes.get(title) ?? 0 });
  const done = (recording: Recording, text: string, seconds: number) => {
    progress.finish(placeOf(recording), seconds, !flags.quiet);
    references?.add(recording.file, recording.offset, text);
  };
  const toDo = async function* () {
    for await (const recording of recordings) {
      const before = flags.resume ? await outputs.done(recording) : undefined;
      if (before) done(recording, before.text, 0);
      else {
        outputs.expect(recording);
        yield recording;
      }
    }
  };
  const { channels, cutSeconds, alternatives } = flags;
  const results = transcribe<Recording>(toDo(), {
    ...{ engine, channels, cutSeconds, alternatives },
    onProgress: ({ input, done: seconds, total }) =>
      progress.update(placeOf(input as Recording), total > 0 ? seconds / total : 0),
  });
  for await (const { input, transcript, error } of results) {
    const recording = input as Recording;
    try {
      if (error) throw error;
      await outputs.write(recording, transcript);
      done(recording, transcript.text, transcript.audioSeconds);
    } catch (reason) {
      outputs.forget(recording);
      const failure = { title: recording.title, error: reason as Error };
      failures.push(failure);
      progress.finish(placeOf(recording), 0, false);
      if (flags.watch) process.stderr.write(`${failureLine(failure)}\n`);
    }
  }
}

/** Those that would write one output are failures, all of them: nobody could tell which it is of. */
function withoutClashes(recordings: readonly Recording[], flags: TranscribeFlags, failures: Failure[]): Recording[] {
  if (flags.outputDir === undefined) return [...recordings];
  const byName = new Map<string, Recording[]>();
  for (const recording of recordings) byName.set(recording.name, [...(byName.get(recording.name) ?? []), recording]);
  return recordings.filter(({ name, title }, i) => {
    const other = byName.get(name)!.find((candidate) => candidate !== recordings[i]);
    if (other) failures.push({ title, error: clash(flags, name, other.title) });
    return !other;
  });
}

const clash = ({ outputDir }: TranscribeFlags, name: string, other: string) =>
  cliError('AUR_CLI_OUTPUT_TWICE', { output: `${outputDir}/${printable(name)}`, other: printable(other) });

function tellPassedOver({ passedOver }: Recordings): void {
  for (const path of passedOver.slice(0, SHOWN))
    process.stderr.write(`passed over, no recording by its name: ${printable(path)}\n`);
  if (passedOver.length > SHOWN) process.stderr.write(`passed over: ${passedOver.length - SHOWN} more\n`);
}

const failureLine = ({ title, error }: Failure) =>
  `${printable(title)}: ${error.code ?? error.name}: ${printable(error.message)}`;

function tellFailures(failures: readonly Failure[], total: number): void {
  if (failures.length === 0) return;
  process.stderr.write(`auricle: ${failures.length} of ${total} could not be transcribed:\n`);
  for (const failure of failures) process.stderr.write(`  ${failureLine(failure)}\n`);
}

function tellErrorRates(references: References, flags: TranscribeFlags): void {
  const { texts } = references;
  if (texts.length === 0) throw cliError('AUR_CLI_NOTHING_TO_SCORE', { path: flags.reference });
  const options = { normalise: flags.normalise, alignment: 'levenshtein', resamples: 10_000, seed: 1 } as const;
  const report = reportOf(scoreTexts(texts, options), options);
  const lines = reportLines(report, { perSpeaker: false, perLength: false, alignments: false });
  // Standard output has the transcripts, where there is no folder for them.
  const stream = flags.outputDir === undefined ? process.stderr : process.stdout;
  for (const line of [...lines, ...references.gaps()]) stream.write(`${line}\n`);
}
