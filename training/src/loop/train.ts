/** A recipe goes in, a trained checkpoint in a run folder comes out: the training loop, from top to bottom. */
import { join } from 'node:path';
import { characterTokens, spaceToken, wordTokens } from '@auricle/decoding';
import { type BucketShape, bucketShapes, makeBatch, planBatches } from '../data/batches.js';
import { type Corpus, loadCorpus, manifestTexts, type Recording } from '../data/corpus.js';
import { planEpoch } from '../data/example.js';
import { featureStatistics } from '../data/statistics.js';
import { initialState, type TrainingEngine } from '../engine/engine.js';
import { OnnxEngine } from '../engine/onnx-engine.js';
import { trainingError } from '../errors.js';
import { parameterCount, parameterSpecs } from '../model/config.js';
import { initialWeights } from '../model/init.js';
import { BEST_FILE, type Checkpoint, newestCheckpoint, saveCheckpoint, saveStep } from './checkpoint.js';
import { manifestPaths, type TrainConfig } from './config.js';
import { evaluateEngine } from './evaluate.js';
import { lockRunFolder, logMetrics } from './run-folder.js';
import { learningRateAt } from './schedule.js';

/** So many steps in a row without a finite gradient end the run. */
const MOST_BAD_STEPS = 20;

export type TrainEvent =
  | {
      kind: 'start';
      parameters: number;
      steps: number;
      step: number;
      shapes: BucketShape[];
      leftOut: Corpus['leftOut'];
      trainSeconds: number;
    }
  | {
      kind: 'step';
      epoch: number;
      step: number;
      loss: number;
      learningRate: number;
      gradientNorm: number;
      speed: number;
      applied: boolean;
    }
  | {
      kind: 'epoch';
      epoch: number;
      step: number;
      wordErrorRate: number;
      characterErrorRate: number;
      exact: number;
      utterances: number;
      best: boolean;
    }
  | { kind: 'done'; step: number; bestErrorRate: number };

export interface TrainOptions {
  /** continue the run that the folder holds */
  resume: boolean;
  onEvent?: (event: TrainEvent) => void;
  /** when aborted, the run saves a checkpoint and returns */
  signal?: AbortSignal;
}

/** Trains until the recipe's last epoch.
 *  @param folder gets `checkpoints/`, `metrics.jsonl`
 *  @throws AUR_TRAIN_… as in `errors.ts` */
export async function train(config: TrainConfig, folder: string, options: TrainOptions): Promise<void> {
  const unlock = await lockRunFolder(folder);
  try {
    await trainLocked(config, folder, options);
  } finally {
    await unlock();
  }
}

async function trainLocked(
  config: TrainConfig,
  folder: string,
  { resume, onEvent, signal }: TrainOptions,
): Promise<void> {
  const checkpoints = await lockRunFolder(join(folder, 'checkpoints')).then(async (unlock) => {
    await unlock();
    return join(folder, 'checkpoints');
  });
  const trainManifests = manifestPaths(config.data.train);
  const devManifests = manifestPaths(config.data.dev);

  // 1. Where the run stands: at its newest sound checkpoint, or at the beginning.
  const before = await newestCheckpoint(checkpoints);
  if (before && !resume) throw trainingError('AUR_TRAIN_RUN_EXISTS', { folder });
  if (before) checkSameSettings(before.config, config, folder);

  // 2. The vocabulary and the data.
  const vocabulary = config.vocabulary === 'words' ? wordTokens : characterTokens;
  const tokens = before?.tokens ?? vocabulary(await manifestTexts(trainManifests));
  const corpus = await loadCorpus(trainManifests, tokens, config.batches.maximumSeconds);
  const dev = await loadCorpus(devManifests, tokens, Number.POSITIVE_INFINITY);
  requireData(corpus, trainManifests, 'learn from');
  requireData(dev, devManifests, 'choose the checkpoint by');

  // 3. The shapes of all batches: each is one graph.
  const plan = (epoch: number) => planEpoch(config, corpus.recordings, epoch, spaceToken(tokens));
  const shapes = bucketShapes(config, plan(config.epochs - 1));
  const batchesOf = (epoch: number) => planBatches(config, shapes, plan(epoch), epoch);
  const totalSteps = Array.from({ length: config.epochs }, (_, epoch) => batchesOf(epoch).batches.length).reduce(
    (a, b) => a + b,
  );

  // 4. The network, its weights and the engine.
  const spec = before?.spec ?? {
    config: config.model,
    vocabulary: tokens.symbols.length,
    features: featureStatistics(config, corpus.recordings),
  };
  const specs = parameterSpecs(spec);
  const engine: TrainingEngine = new OnnxEngine(
    spec,
    config.optimiser,
    before?.state ?? initialState(initialWeights(specs, config.seed)),
  );
  const progress = before?.progress ?? { epoch: 0, batch: 0, skippedSteps: 0, bestErrorRate: null };
  const checkpoint = (): Checkpoint => ({ config, spec, tokens, progress: { ...progress }, state: engine.state });
  const trainSeconds = corpus.recordings.reduce((sum, r) => sum + r.samples.length / 16_000, 0);
  onEvent?.({
    kind: 'start',
    parameters: parameterCount(specs),
    steps: totalSteps,
    step: engine.state.step,
    shapes,
    leftOut: corpus.leftOut,
    trainSeconds,
  });

  // 5. The loop.
  let badInARow = 0;
  const diverged = (cause?: unknown) =>
    trainingError(
      'AUR_TRAIN_DIVERGED',
      { step: engine.state.step, count: badInARow, learningRate: config.optimiser.learningRate },
      { cause },
    );
  while (progress.epoch < config.epochs) {
    const { batches, tooLong, infeasible } = batchesOf(progress.epoch);
    for (; progress.batch < batches.length; ) {
      const started = performance.now();
      const { batch, seconds } = makeBatch(config, corpus.recordings, batches[progress.batch]);
      const learningRate = learningRateAt(engine.state.step + 1, totalSteps, config.optimiser);
      const report = await engine.step(batch, learningRate);
      progress.batch++;
      badInARow = report.applied ? 0 : badInARow + 1;
      if (!report.applied) progress.skippedSteps++;
      if (badInARow >= MOST_BAD_STEPS) throw diverged();
      onEvent?.({
        kind: 'step',
        epoch: progress.epoch,
        step: engine.state.step,
        loss: report.loss,
        learningRate,
        gradientNorm: report.gradientNorm,
        speed: (seconds * 1000) / (performance.now() - started),
        applied: report.applied,
      });
      if (signal?.aborted) {
        await saveStep(checkpoints, checkpoint());
        await engine.close();
        return;
      }
      if (engine.state.step % config.checkpointSteps === 0) await saveStep(checkpoints, checkpoint());
    }

    // 6. The end of an epoch: dev error rate, best checkpoint, metrics.
    const { words, characters } = await evaluateEngine(engine, config, tokens, dev.recordings).catch((cause) => {
      // An epoch may end before so many bad steps have come; then the weights that cause them show here.
      throw badInARow > 0 && cause.code === 'AUR_DECODING_NAN' ? diverged(cause) : cause;
    });
    const best = progress.bestErrorRate === null || words.rate <= progress.bestErrorRate;
    if (best) progress.bestErrorRate = words.rate;
    progress.epoch++;
    progress.batch = 0;
    if (best) await saveCheckpoint(join(checkpoints, BEST_FILE), checkpoint());
    await saveStep(checkpoints, checkpoint());
    const { step } = engine.state;
    const result = {
      epoch: progress.epoch,
      step,
      wordErrorRate: words.rate,
      characterErrorRate: characters.rate,
      exact: words.exact,
      utterances: words.utterances,
      best,
    };
    await logMetrics(folder, {
      ...result,
      tooLong,
      infeasible,
      skippedSteps: progress.skippedSteps,
      leftOut: corpus.leftOut,
      devLeftOut: dev.leftOut,
    });
    onEvent?.({ kind: 'epoch', ...result });
  }
  await engine.close();
  onEvent?.({ kind: 'done', step: engine.state.step, bestErrorRate: progress.bestErrorRate ?? Number.NaN });
}

function requireData(
  corpus: { recordings: Recording[]; leftOut: Corpus['leftOut'] },
  manifests: string[],
  purpose: string,
): void {
  if (corpus.recordings.length > 0) return;
  const reasons = Object.entries(corpus.leftOut)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ');
  throw trainingError('AUR_TRAIN_NO_DATA', {
    manifests: manifests.join(', '),
    purpose,
    reasons: reasons || 'the manifests are empty',
  });
}

/** A run goes on only with the settings it began with; more epochs would change the learning rates already used. */
function checkSameSettings(before: object, now: object, folder: string, path = ''): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(now)])) {
    const [a, b] = [before, now].map((o) => (o as Record<string, unknown>)[key]);
    const here = path ? `${path}.${key}` : key;
    if (a && b && typeof a === 'object' && typeof b === 'object') checkSameSettings(a, b, folder, here);
    else if (a !== b)
      throw trainingError('AUR_TRAIN_RUN_CHANGED', {
        folder,
        path: here,
        before: JSON.stringify(a),
        now: JSON.stringify(b),
      });
  }
}
