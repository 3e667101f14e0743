/** Transcripts of recordings go in, in the order in which they are done; files in a folder, or standard output in the order of the recordings, come out. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  CSV_HEADER,
  type Engine,
  extensionOf,
  type FileTranscript,
  formatTranscript,
  isOfLines,
  type TranscriptFormat,
} from '@auricle/serving';
import { cliError } from '../errors.js';
import { Ledger, type Output } from './ledger.js';
import { captionRulesOf, formatsOf, type TranscribeFlags } from './options.js';
import { printable } from './progress.js';
import type { Recording } from './recordings.js';
import { writeWhole } from './write-whole.js';

export class Outputs {
  /** For standard output: recordings under way, in their order, with their texts as soon as they are there. */
  private readonly turns = new Map<Recording, string | undefined>();
  private isBegun = false;

  private constructor(
    private readonly flags: TranscribeFlags,
    private readonly formats: readonly TranscriptFormat[],
    private readonly ledger: Ledger | undefined,
    private readonly count: number,
  ) {}

  /** @param count of recordings
   *  @throws AUR_CLI_PATHS for a format of which standard output cannot have several, AUR_CLI_FILE */
  static async open(flags: TranscribeFlags, engine: Engine, count: number): Promise<Outputs> {
    const formats = formatsOf(flags);
    const { outputDir } = flags;
    const [first] = formats;
    if (outputDir === undefined && count > 1 && first !== 'txt' && !isOfLines(first))
      throw cliError('AUR_CLI_PATHS', {
        problem: `--format ${first} of ${count} recordings: expected an --output-dir for them`,
      });
    const settings = outputDir === undefined ? undefined : await settingsOf(flags, engine);
    return new Outputs(
      flags,
      formats,
      outputDir === undefined ? undefined : await Ledger.open(outputDir, settings),
      count,
    );
  }

  done({ name, file }: Recording): Promise<{ text: string } | undefined> {
    return this.ledger!.done(name, file);
  }

  /** Says that a recording is under way: standard output has it after those before it. */
  expect(recording: Recording): void {
    if (!this.ledger) this.turns.set(recording, undefined);
  }

  /** Says that there will be nothing of it. */
  forget(recording: Recording): void {
    if (this.turns.delete(recording)) this.flush();
  }

  /** @throws AUR_CLI_FILE */
  async write(recording: Recording, transcript: FileTranscript): Promise<void> {
    const { name, file, title } = recording;
    const texts = this.formats.map((format) => ({ format, text: this.textOf(transcript, format, title) }));
    if (!this.ledger) {
      this.turns.set(recording, texts[0].text);
      this.flush();
      return;
    }
    const outputs = texts.map(({ format, text }): Output => ({ path: `${name}.${extensionOf(format)}`, text }));
    for (const { path, text } of outputs) await writeWhole(join(this.flags.outputDir!, path), text);
    await this.ledger.add(name, file, outputs, transcript.text);
  }

  private textOf(transcript: FileTranscript, format: TranscriptFormat, title: string): string {
    const text = formatTranscript(transcript, format, { file: title, captions: captionRulesOf(this.flags) });
    if (this.ledger || this.count === 1) return text;
    if (format === 'csv') return text.slice(CSV_HEADER.length);
    if (format !== 'txt') return text;
    const lines = text.replace(/\n$/, '').split('\n');
    return lines.map((line) => `${printable(title)}\t${line}\n`).join('');
  }

  private flush(): void {
    for (const [recording, text] of this.turns) {
      if (text === undefined) return;
      this.turns.delete(recording);
      const isTable = this.formats[0] === 'csv' && this.count > 1 && !this.isBegun;
      process.stdout.write(isTable ? CSV_HEADER + text : text);
      this.isBegun = true;
    }
  }
}

/** All that the outputs depend on beside the recording. */
async function settingsOf(flags: TranscribeFlags, engine: Engine): Promise<unknown> {
  const {
    outputDir: _,
    resume: _resume,
    watch: _watch,
    workers: _workers,
    reference: _reference,
    quiet: _quiet,
    ...rest
  } = flags;
  const { dir, modelPath, description } = engine.bundle;
  const own = [description.lexicon, description.languageModel?.file].filter((name) => name !== undefined);
  const files = [modelPath, ...own.map((name) => join(dir, name)), flags.lm, flags.lexicon, flags.hotwords].filter(
    (path) => path !== undefined,
  );
  const states = await Promise.all(
    files.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return [resolve(path), size, mtimeMs];
    }),
  );
  return { ...rest, model: undefined, normalise: undefined, states };
}
