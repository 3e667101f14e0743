/** Segments go in, lines of a terminal come out: the open one is written over in place until it is final. */

export interface SegmentText {
  text: string;
}

const CLEAR_LINE = '\r\x1b[2K';
const DIM = '\x1b[2m';
const PLAIN = '\x1b[0m';
/** Where a terminal does not say. */
const USUAL_COLUMNS = 80;

export type LineOutput = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean; columns?: number };

/** On what is no terminal there are finals alone, a line each. */
export class LiveLines {
  private isOpen = false;

  constructor(private readonly output: LineOutput) {}

  partial({ text }: SegmentText): void {
    if (!this.output.isTTY) return;
    const room = (this.output.columns || USUAL_COLUMNS) - 1;
    // A line that wraps cannot be written over: its newest words are what matters.
    const characters = [...text];
    const shown = characters.length <= room ? text : `…${characters.slice(1 - room).join('')}`;
    this.output.write(`${CLEAR_LINE}${DIM}${shown}${PLAIN}`);
    this.isOpen = true;
  }

  final({ text }: SegmentText): void {
    this.clear();
    this.output.write(`${text}\n`);
  }

  /** Takes away what is not final. */
  clear(): void {
    if (this.isOpen) this.output.write(CLEAR_LINE);
    this.isOpen = false;
  }
}
