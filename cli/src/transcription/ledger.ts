/** What was transcribed goes in, line by line, and is found again by a later run: which outputs are done, sound and of the same recording. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cliError } from '../errors.js';

const FILE = '.auricle-transcribe.jsonl';

/** As the file system tells them: a recording that was exchanged has others. */
interface Source {
  bytes: number;
  modifiedMs: number;
}

interface Entry {
  name: string;
  source: Source;
  /** of all that the outputs depend on beside the recording */
  settings: string;
  outputs: { path: string; sha256: string }[];
  text: string;
}

export interface Output {
  /** in the output folder */
  path: string;
  text: string;
}

export const hashOf = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

export class Ledger {
  private constructor(
    private readonly folder: string,
    private readonly settings: string,
    private readonly entries: Map<string, Entry>,
  ) {}

  /** @param settings any value that JSON can write
   *  @throws AUR_CLI_FILE */
  static async open(folder: string, settings: unknown): Promise<Ledger> {
    const entries = new Map<string, Entry>();
    const text = await readFile(join(folder, FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw cliError('AUR_CLI_FILE', { path: join(folder, FILE), reason: error.message }, { cause: error });
    });
    for (const line of text.split('\n')) {
      try {
        const entry = JSON.parse(line) as Entry;
        entries.set(entry.name, entry);
      } catch {
        // The last line of a run that was killed.
      }
    }
    return new Ledger(folder, hashOf(JSON.stringify(settings)), entries);
  }

  /** @returns the text of what is done, was made by the same settings of the same recording, and is as it was written */
  async done(name: string, file: string): Promise<{ text: string } | undefined> {
    const entry = this.entries.get(name);
    if (!entry || entry.settings !== this.settings) return undefined;
    const source = await sourceOf(file).catch(() => undefined);
    if (source?.bytes !== entry.source.bytes || source.modifiedMs !== entry.source.modifiedMs) return undefined;
    for (const { path, sha256 } of entry.outputs) {
      const bytes = await readFile(join(this.folder, path)).catch(() => undefined);
      if (!bytes || hashOf(bytes) !== sha256) return undefined;
    }
    return { text: entry.text };
  }

  /** @throws AUR_CLI_FILE */
  async add(name: string, file: string, outputs: readonly Output[], text: string): Promise<void> {
    const path = join(this.folder, FILE);
    try {
      const entry: Entry = {
        name,
        source: await sourceOf(file),
        settings: this.settings,
        outputs: outputs.map((output) => ({ path: output.path, sha256: hashOf(output.text) })),
        text,
      };
      await mkdir(this.folder, { recursive: true });
      // A line of its own, whatever a killed run left.
      await appendFile(path, `\n${JSON.stringify(entry)}`);
    } catch (cause) {
      throw cliError('AUR_CLI_FILE', { path, reason: (cause as Error).message }, { cause });
    }
  }
}

const sourceOf = async (file: string): Promise<Source> => {
  const { size, mtimeMs } = await stat(file);
  return { bytes: size, modifiedMs: mtimeMs };
};
