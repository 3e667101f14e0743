/** An engine goes in; its models are loaded anew when their files have changed, while streams go on. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bundle } from '@auricle/bundle';
import type { Logger } from 'pino';
import type { Engine } from './engine.js';
import { asCoded } from './errors.js';

/** What a bundle's files are like: changes when they do. */
async function stampOf({ dir, modelPath, description }: Bundle): Promise<string> {
  const { lexicon, languageModel } = description;
  const named = ['bundle.json', 'tokens.txt', lexicon, languageModel?.file].filter((name) => name !== undefined);
  const files = [modelPath, ...named.map((name) => join(dir, name))];
  const stamps = files.map((file) =>
    stat(file).then(
      ({ mtimeMs, size }) => `${mtimeMs} ${size}`,
      () => 'none',
    ),
  );
  return (await Promise.all(stamps)).join(', ');
}

export class ModelFiles {
  /** as loaded */
  private readonly loaded = new Map<string, string>();
  /** as seen last */
  private readonly seen = new Map<string, string>();
  private work: Promise<void> = Promise.resolve();

  /** Resolves when the files are known as they are now. */
  static async of(engine: Engine, log: Logger): Promise<ModelFiles> {
    const files = new ModelFiles(engine, log);
    for (const model of engine.models) files.loaded.set(model, await stampOf(engine.bundleOf(model)));
    return files;
  }

  private constructor(
    private readonly engine: Engine,
    private readonly log: Logger,
  ) {}

  /** Loads models anew whose files have changed. What fails is logged, and what was served stays.
   *  @param isSettled whether to wait until files have not changed since the last look: they may come piece by piece */
  reloadChanged(isSettled = false): Promise<void> {
    this.work = this.work.then(async () => {
      for (const model of this.engine.models) await this.reload(model, isSettled);
    });
    return this.work;
  }

  /** Looks by itself from now on.
   *  @returns ends it */
  watch(everyMs: number): () => void {
    const timer = setInterval(() => void this.reloadChanged(true), everyMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  private async reload(model: string, isSettled: boolean): Promise<void> {
    const stamp = await stampOf(this.engine.bundleOf(model));
    const before = this.seen.get(model);
    this.seen.set(model, stamp);
    if (stamp === this.loaded.get(model) || (isSettled && stamp !== before)) return;
    // Also what fails is not tried again until it changes.
    this.loaded.set(model, stamp);
    try {
      await this.engine.reload(model);
      this.log.info({ model }, 'model loaded anew');
    } catch (error) {
      const { code, message } = asCoded(error);
      this.log.error({ model, code, reason: message }, 'model not loaded anew: what was there stays');
    }
  }
}
