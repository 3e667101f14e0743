/** A process's number goes in, the processor time and memory it has taken come out. */
import pidusage from 'pidusage';
import { cliError } from '../errors.js';

export interface ProcessUsage {
  /** since its start, user and system */
  processorMs: number;
  /** resident */
  memoryBytes: number;
}

/** @throws AUR_LOAD_PROCESS */
export async function usageOf(pid: number): Promise<ProcessUsage> {
  try {
    const { ctime, memory } = await pidusage(pid);
    return { processorMs: ctime, memoryBytes: memory };
  } catch (cause) {
    throw cliError('AUR_LOAD_PROCESS', { pid, reason: (cause as Error).message }, { cause });
  } finally {
    // It remembers processes for a minute, by a timer that would keep this one alive.
    pidusage.clear();
  }
}
