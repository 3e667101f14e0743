/** A command and its arguments go in, what it printed and its exit code come out. */
import type { Command } from 'commander';
import { vi } from 'vitest';

export async function runCommand(command: Command, ...args: string[]): Promise<{ output: string; status: number }> {
  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((text = '') => {
    printed.push(text);
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await command.parseAsync(args, { from: 'user' });
    return { output: printed.join('\n'), status: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = before;
    log.mockRestore();
  }
}
