/** What was thrown goes in, the code and message to write down beside a line come out, and how often each code was met. */
import { datasetError } from '../errors.js';

export interface Reason {
  /** `AUR_…` */
  code: string;
  message: string;
}

/** A decoder may fail in its own words on bytes that no one foresaw; those become AUR_MANIFEST_UNREADABLE. */
export function reasonOf(error: unknown, source: string): Reason {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code === 'string' && code.startsWith('AUR_')) return { code, message: shortened(message) };
  return reason('AUR_MANIFEST_UNREADABLE', { source, reason: shortened(String(error)) });
}

const LONGEST = 1000;

/** Some messages quote a text whole, and texts can be of any length. */
const shortened = (message: string) => (message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message);

export function reason(...about: Parameters<typeof datasetError>): Reason {
  const { code, message } = datasetError(...about);
  return { code, message };
}

/** How often a code was met. */
export interface Tally {
  count: number;
  /** the first few */
  messages: string[];
}

const EXAMPLES = 3;

export function tally(tallies: Record<string, Tally>, reasons: readonly Reason[]): void {
  for (const { code, message } of reasons) {
    tallies[code] ??= { count: 0, messages: [] };
    if (tallies[code].count++ < EXAMPLES) tallies[code].messages.push(message);
  }
}
