/** The transcript of a file goes in, a table of its segments comes out: RFC 4180 but for the line ends, which are line feeds. */
import type { FileTranscript } from '../batch/file-transcript.js';

const COLUMNS = ['file', 'channel', 'start', 'end', 'confidence', 'text'];

export const CSV_HEADER = `${COLUMNS.join(',')}\n`;

/** A line a segment, without the header. Channels are counted from 1, times are seconds. */
export const csv = ({ segments }: FileTranscript, file: string): string =>
  segments
    .map(({ channel = 0, start, end, confidence, text }) =>
      [file, channel + 1, start.toFixed(3), end.toFixed(3), confidence.toFixed(4), text].map(cell).join(','),
    )
    .map((line) => `${line}\n`)
    .join('');

/** What a spreadsheet would take for a formula is led in by an apostrophe. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+@\t]|^-(?![\d.])/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
