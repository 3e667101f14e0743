/** What `npm start` runs: the bundled recording through a real WebSocket connection, then a server that stays up. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';

const AURICLE = join(import.meta.dirname, '../../cli/bin/auricle.js');
const SPOKEN = 'three one four one five nine two';

let child: ChildProcess;
afterEach(() => child.kill('SIGKILL'));

function demo(...options: string[]) {
  child = spawn(process.execPath, [AURICLE, 'demo', '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { lines: createInterface({ input: child.stdout! }), exited: once(child, 'exit') };
}

describe('the demonstration', () => {
  it('prints the text, a line with times for each word, and the real-time factor', async () => {
    const { lines: output, exited } = demo('--once');
    const lines: string[] = [];
    for await (const line of output) lines.push(line);
    expect(await exited).toEqual([0, null]);
    expect(lines).toContain(SPOKEN);

    const words = lines.flatMap((line) => {
      const match = /^\s*(\d+\.\d\d) s\s+(\d+\.\d\d) s\s+(\w+)\s+([01]\.\d\d)$/.exec(line);
      return match ? [{ start: Number(match[1]), end: Number(match[2]), word: match[3] }] : [];
    });
    expect(words.map((w) => w.word).join(' ')).toBe(SPOKEN);
    for (const [i, { start, end }] of words.entries()) {
      expect(end).toBeGreaterThan(start);
      expect(start).toBeGreaterThanOrEqual(words[i - 1]?.end ?? 0);
    }
    expect(lines.at(-1)).toMatch(/^4\.72 s of audio in \d+\.\d\d s: real-time factor \d+\.\d{3}$/);
  });

  it('stays up serving the page until it is told to stop', async () => {
    const { lines, exited } = demo();
    let url: string | undefined;
    for await (const line of lines) {
      url = /^Speak into the page at (\S+) /.exec(line)?.[1];
      if (url) break;
    }
    const page = await fetch(url!);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('Start microphone');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
