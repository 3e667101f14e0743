/** A text file goes in, its lines come out one at a time; lines go in, a file comes out that is there whole or not at all. */
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { datasetError } from './errors.js';

/** What is longer is no list of utterances, and would have to be held whole (bytes). */
const LONGEST_LINE = 16 * 2 ** 20;
const BLOCK = 2 ** 18;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

export interface TextLine {
  /** from 1 */
  line: number;
  /** without its end of line and without a byte order mark */
  content: string;
  /** `file:line` */
  where: string;
  /** where it starts in the file, and how long it is without its end of line (bytes) */
  offset: number;
  bytes: number;
}

/** The lines that are not blank, in memory for one block and one line.
 *  @throws AUR_MANIFEST_MISSING when the file cannot be read, AUR_MANIFEST_LINE_LENGTH for a line of more than 16 MiB */
export async function* readLines(path: string): AsyncGenerator<TextLine> {
  const unreadable = (cause: unknown): never => {
    throw datasetError('AUR_MANIFEST_MISSING', { path, reason: (cause as Error).message }, { cause });
  };
  const file = await open(path).catch(unreadable);
  try {
    const block = Buffer.alloc(BLOCK);
    let begun: Buffer[] = [];
    let [line, offset, bytes] = [1, 0, 0];
    for (;;) {
      const { bytesRead } = await file.read(block, 0, BLOCK, null).catch(unreadable);
      const filled = block.subarray(0, bytesRead);
      for (let from = 0; from < bytesRead; ) {
        const end = filled.indexOf(NEWLINE, from);
        const to = end < 0 ? bytesRead : end;
        bytes += to - from;
        if (bytes > LONGEST_LINE)
          throw datasetError('AUR_MANIFEST_LINE_LENGTH', { where: `${path}:${line}`, limit: LONGEST_LINE });
        // The block is read into again: what waits for the rest of its line is copied.
        begun.push(end < 0 ? Buffer.from(filled.subarray(from, to)) : filled.subarray(from, to));
        from = to + 1;
        if (end < 0) break;
        const next = textLine(path, begun, line, offset, bytes);
        if (next) yield next;
        begun = [];
        offset += bytes + 1;
        [line, bytes] = [line + 1, 0];
      }
      if (bytesRead === 0) {
        const last = textLine(path, begun, line, offset, bytes);
        if (last) yield last;
        return;
      }
    }
  } finally {
    await file.close();
  }
}

function textLine(path: string, parts: Buffer[], line: number, offset: number, bytes: number): TextLine | undefined {
  let content = (parts.length === 1 ? parts[0] : Buffer.concat(parts)).toString('utf8');
  if (content.endsWith('\r')) content = content.slice(0, -1);
  if (line === 1 && content.startsWith(BYTE_ORDER_MARK)) content = content.slice(1);
  return content.trim() === '' ? undefined : { line, content, where: `${path}:${line}`, offset, bytes };
}

/** One of the files of `writeLines`. */
export interface LineWriter {
  write(line: string): Promise<void>;
}

/** Writes files line by line beside their places and renames all of them when `fill` has ended; when anything fails, the
 *  files that were there before stay as they were. Missing folders are made.
 *  @returns what `fill` returns
 *  @throws AUR_MANIFEST_WRITE, and whatever `fill` throws */
export async function writeLines<T>(paths: readonly string[], fill: (writers: LineWriter[]) => Promise<T>): Promise<T> {
  const files: PartialFile[] = [];
  try {
    for (const path of paths) files.push(await PartialFile.create(path));
    const result = await fill(files);
    for (const file of files) await file.finish();
    for (const file of files) await file.putInPlace();
    return result;
  } catch (error) {
    await Promise.all(files.map((file) => file.discard()));
    throw error;
  }
}

class PartialFile implements LineWriter {
  private waiting = '';

  private constructor(
    private readonly path: string,
    private readonly partial: string,
    private readonly file: FileHandle,
  ) {}

  static async create(path: string): Promise<PartialFile> {
    const partial = `${path}.${process.pid}.partial`;
    const file = await writing(path, async () => {
      await mkdir(dirname(path), { recursive: true });
      return open(partial, 'w');
    });
    return new PartialFile(path, partial, file);
  }

  async write(line: string): Promise<void> {
    this.waiting += `${line}\n`;
    if (this.waiting.length >= BLOCK) await this.flush();
  }

  private async flush(): Promise<void> {
    const text = this.waiting;
    this.waiting = '';
    await writing(this.path, () => this.file.writeFile(text));
  }

  async finish(): Promise<void> {
    await this.flush();
    await writing(this.path, async () => {
      await this.file.sync();
      await this.file.close();
    });
  }

  putInPlace(): Promise<void> {
    return writing(this.path, () => rename(this.partial, this.path));
  }

  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await rm(this.partial, { force: true });
  }
}

async function writing<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw datasetError('AUR_MANIFEST_WRITE', { path, reason: (cause as Error).message }, { cause });
  }
}
