/** Plans go in, examples and batches come out, made in threads ahead of the training step. */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { FBANK, type Pcm, resample } from '@auricle/audio';
import { type AugmentPools, changesFrames, FeatureCache, loadPcm, readRecordings } from '@auricle/datasets';
import { Piscina } from 'piscina';
import { trainingError } from '../errors.js';
import { manifestPaths, type TrainConfig } from '../loop/config.js';
import type { BatchPlan } from './batches.js';
import { addCounts, SAMPLE_RATE } from './corpus.js';
import type { Example, ExamplePlan } from './example.js';
import type { LoadedBatch, Made } from './loader-thread.js';

/** What each thread is started with. */
export interface LoaderSetup {
  pools: AugmentPools;
  cache?: { folder: string; version: string };
}

/** Batches that each thread works ahead of the step: the main thread hands out nothing while it runs one. */
const AHEAD_PER_THREAD = 3;
/** Examples a task where no batch is made. */
const EXAMPLES_PER_TASK = 16;

export class ExampleLoader {
  private round = 0;
  /** of a thread that failed when it had nothing to do */
  private failure: unknown;

  private constructor(
    private readonly threads: Piscina,
    /** batches in work or waiting at a time: what bounds the memory */
    private readonly ahead: number,
  ) {
    threads.on('error', (error) => {
      this.failure = error;
      void this.close();
    });
  }

  /** @param threads default: one less than the cores, at least one. The batches are the same whatever their number.
   *  @throws AUR_MANIFEST_…, AUR_AUDIO_… for a recording of noise or of a room that cannot be read, AUR_TRAIN_NO_DATA when there is none,
   *  AUR_CACHE_VERSION when the feature cache was made with other settings */
  static async open(config: TrainConfig, threads = Math.max(1, availableParallelism() - 1)): Promise<ExampleLoader> {
    const pools = await readPools(config);
    const { featureCache } = config.data;
    const cache = featureCache && { folder: featureCache.folder, version: cacheVersion(config, pools) };
    // What the threads will do is tried where an error keeps its code.
    if (cache) new FeatureCache(cache.folder, 'none', cache.version).close();
    const setup: LoaderSetup = { pools, cache };
    const pool = new Piscina({
      filename: fileURLToPath(new URL('./loader-thread.js', import.meta.url)),
      workerData: setup,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: AHEAD_PER_THREAD,
    });
    return new ExampleLoader(pool, threads * AHEAD_PER_THREAD);
  }

  /** The batches in their order, made ahead of the one that is asked for; the first are begun at once. */
  batches(plans: readonly BatchPlan[]): AsyncGenerator<LoadedBatch> {
    const round = this.round++;
    const waiting: Promise<LoadedBatch>[] = [];
    let next = 0;
    const begin = () => {
      while (waiting.length < this.ahead && next < plans.length) {
        const batch = this.run<LoadedBatch>('makeBatch', { plan: plans[next++], round });
        // Whoever takes it hears of its failure; if nobody does any more, nobody must.
        batch.catch(() => undefined);
        waiting.push(batch);
      }
    };
    begin();
    return (async function* () {
      for (; waiting.length > 0; begin()) yield await waiting.shift()!;
    })();
  }

  /** @returns undefined in the place of what could not be made */
  async examples(plans: readonly ExamplePlan[]): Promise<Made<(Example | undefined)[]>> {
    const tasks = Array.from({ length: Math.ceil(plans.length / EXAMPLES_PER_TASK) }, (_, i) =>
      plans.slice(i * EXAMPLES_PER_TASK, (i + 1) * EXAMPLES_PER_TASK),
    );
    const parts = await Promise.all(tasks.map((task) => this.run<Made<(Example | undefined)[]>>('makeExamples', task)));
    return {
      made: parts.flatMap((part) => part.made),
      leftOut: parts.reduce((sum, part) => addCounts(sum, part.leftOut), {}),
    };
  }

  close(): Promise<void> {
    return this.threads.destroy();
  }

  private async run<Result>(name: string, task: unknown): Promise<Result> {
    if (this.failure) throw this.failure;
    try {
      return await this.threads.run(task, { name });
    } catch (error) {
      throw this.failure ?? error;
    }
  }
}

async function readPools({ augment }: TrainConfig): Promise<AugmentPools> {
  const uses = (kind: string) => augment.steps.some((step) => step.kind === kind);
  return {
    noise: uses('noise') ? await readPool(augment.noise, 'add as noise') : [],
    roomResponses: uses('recordedRoom') ? await readPool(augment.roomResponses, 'take as a room') : [],
  };
}

/** Recordings at `SAMPLE_RATE` in memory that all threads share. */
async function readPool(manifests: readonly string[], purpose: string): Promise<Pcm[]> {
  const pool: Pcm[] = [];
  for (const manifest of manifestPaths(manifests))
    for await (const recording of readRecordings(manifest)) {
      const pcm = await loadPcm(manifest, { ...recording, text: '' });
      const samples = resample(pcm.samples, pcm.sampleRate, SAMPLE_RATE);
      const shared = new Float32Array(new SharedArrayBuffer(samples.byteLength));
      shared.set(samples);
      pool.push({ samples: shared, sampleRate: SAMPLE_RATE });
    }
  if (pool.length === 0)
    throw trainingError('AUR_TRAIN_NO_DATA', {
      manifests: manifests.join(', '),
      purpose,
      reasons: 'the manifests are empty',
    });
  return pool;
}

/** Everything that cached frames depend on besides their example's plan, and the settings of the run; masks come after the cache. */
function cacheVersion({ seed, data, batches, augment }: TrainConfig, pools: AugmentPools): string {
  const { steps, ...rest } = augment;
  const kept = {
    seed,
    train: data.train,
    tailSeconds: data.tailSeconds,
    maximumSeconds: batches.maximumSeconds,
    augment: { ...rest, steps: steps.filter((step) => !changesFrames(step)) },
    fbank: FBANK,
  };
  const version = createHash('sha256').update(JSON.stringify(kept));
  for (const { samples } of [...(pools.noise ?? []), ...(pools.roomResponses ?? [])])
    version.update(`${samples.length} `).update(samples);
  return version.digest('hex');
}
