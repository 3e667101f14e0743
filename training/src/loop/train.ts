/** A recipe goes in, a trained checkpoint in a run folder comes out: the training loop, from top to bottom. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { spaceToken } from '@auricle/decoding';
import { calibratedIntegers } from '../bridge/calibrated-integers.js';
import { bucketShapes, planBatches } from '../data/batches.js';
import { addCounts, type Corpus, loadCorpus, SAMPLE_RATE } from '../data/corpus.js';
import { type ExamplePlan, plainExample, planEpoch } from '../data/example.js';
import { ExampleLoader } from '../data/loader.js';
import { featureStatistics, sampleOf } from '../data/statistics.js';
import { createEngine, requireEngine } from '../engine/create-engine.js';
import { initialState, type TrainingEngine, type TrainingState } from '../engine/engine.js';
import { trainingError } from '../errors.js';
import { type IntegerLayers, type ModelSpec, parameterCount, parameterSpecs } from '../model/config.js';
import { initialWeights } from '../model/init.js';
import { learningRates } from '../model/learning-rates.js';
import { RunReport } from '../report/run-report.js';
import { averageOf, keepCandidate } from './averaging.js';
import {
  BEST_FILE,
  type Checkpoint,
  loadCheckpoint,
  newestCheckpoint,
  removeUnfinished,
  saveCheckpoint,
  saveStep,
  startOfEpoch,
  startOfRun,
} from './checkpoint.js';
import { manifestPaths, type TrainConfig } from './config.js';
import { evaluateEngine } from './evaluate.js';
import type { TrainEvent } from './events.js';
import { loadTeacher } from './load-teacher.js';
import { loadReferences } from './references.js';
import { lockRunFolder } from './run-folder.js';
import { checkSameSettings } from './same-settings.js';
import { learningRateAt } from './schedule.js';
import { loadStart, startingWeights } from './start-from.js';
import { stepsOf } from './steps.js';
import { vocabularyOf } from './vocabulary.js';

/** So many steps in a row without a finite gradient end the run. */
const MOST_BAD_STEPS = 20;

export interface TrainOptions {
  /** continue the run that the folder holds */
  resume: boolean;
  onEvent?: (event: TrainEvent) => void;
  /** threads that make batches (default: one less than the cores) */
  loaderThreads?: number;
  /** when aborted, the run saves a checkpoint and returns */
  signal?: AbortSignal;
}

/** Trains until the recipe's last epoch, or until `patience` runs out.
 *  @param folder gets `checkpoints/`, and what `RunReport` writes
 *  @throws AUR_TRAIN_…, AUR_ENGINE_…, AUR_CHECKPOINT_… as in `errors.ts` */
export async function train(config: TrainConfig, folder: string, options: TrainOptions): Promise<void> {
  const unlock = await lockRunFolder(folder);
  try {
    await trainLocked(config, folder, options);
  } finally {
    await unlock();
  }
}

async function trainLocked(config: TrainConfig, folder: string, options: TrainOptions): Promise<void> {
  await requireEngine(config.engine);
  const loader = await ExampleLoader.open(config, options.loaderThreads);
  const open: Open = {};
  try {
    await trainWith(loader, open, config, folder, options);
    open.report?.end();
  } catch (error) {
    open.report?.end(error as Error);
    throw error;
  } finally {
    await loader.close();
    await open.engine?.close();
  }
}

/** What a run has opened and must close. */
interface Open {
  engine?: TrainingEngine;
  report?: RunReport;
}

async function trainWith(
  loader: ExampleLoader,
  open: Open,
  config: TrainConfig,
  folder: string,
  { resume, onEvent, signal }: TrainOptions,
): Promise<void> {
  const checkpoints = join(folder, 'checkpoints');
  await mkdir(checkpoints, { recursive: true });
  const trainManifests = manifestPaths(config.data.train);
  const devManifests = manifestPaths(config.data.dev);

  // 1. Where the run stands: at its newest sound checkpoint, or at the beginning.
  const before = await newestCheckpoint(checkpoints);
  if (before && !resume) throw trainingError('AUR_TRAIN_RUN_EXISTS', { folder });
  if (before) checkSameSettings(before.config, config, folder);
  await removeUnfinished(checkpoints);

  const start = before || !config.start ? undefined : await loadStart(config.start.from);

  // 2. The vocabulary and the data.
  const kept = config.start?.vocabulary === 'keep' ? start?.tokens : undefined;
  const tokens = before?.tokens ?? (await vocabularyOf(config, trainManifests, kept));
  const corpus = await loadCorpus(trainManifests, tokens, config.batches.maximumSeconds, config.data.features);
  requireSome(corpus.recordings.length, corpus.leftOut, trainManifests, 'learn from');
  const dev = await loadReferences(loader, config, devManifests, tokens);
  requireSome(dev.references.length, dev.leftOut, devManifests, 'choose the checkpoint by');

  // 3. The shapes of all batches: each is one graph.
  const plan = (epoch: number) => planEpoch(config, corpus.recordings, epoch, spaceToken(tokens));
  const shapes = bucketShapes(config, plan(config.epochs - 1));
  const batchesOf = (epoch: number) => planBatches(config, shapes, plan(epoch), epoch);
  const totalSteps = countSteps(config, (epoch) => batchesOf(epoch).batches.length);

  // 4. The network, its weights and the engine.
  const network = before?.spec ?? {
    config: config.model,
    vocabulary: tokens.symbols.length,
    features: start?.spec.features ?? (await statisticsOf(loader, config, corpus, trainManifests)),
  };
  const specs = parameterSpecs(network);
  const weights = () => (start ? startingWeights(start, network, config) : initialWeights(specs, config.seed));
  const rates = config.start && learningRates(specs, config.start.rates);
  const from = before?.state ?? initialState(weights());
  const integers = before ? undefined : await integersOf(loader, config, network, from.weights, plan(0));
  const spec: ModelSpec = integers ? { ...network, integers } : network;
  const taught = await loadTeacher(config, spec, tokens);
  const settings = { ...config, rates, teacher: taught?.teacher, teacherWeights: taught?.weights };
  const engine = await createEngine(config.engine, spec, settings, from);
  open.engine = engine;
  const progress = before?.progress ?? startOfRun();
  const checkpointOf = (state: TrainingState): Checkpoint => ({
    config,
    spec,
    tokens,
    progress: { ...progress },
    state,
  });
  const step = engine.stepsDone;
  open.report = RunReport.open(folder, { config, tokens, progress, step, dev: dev.references }, onEvent);
  const { report } = open;
  const tell = (event: TrainEvent) => {
    report.add(event);
    onEvent?.(event);
  };
  tell({
    kind: 'start',
    parameters: parameterCount(specs),
    steps: totalSteps,
    step,
    epochs: config.epochs,
    bestErrorRate: progress.bestErrorRate,
    shapes,
    leftOut: corpus.leftOut,
    trainSeconds: corpus.recordings.reduce((sum, r) => sum + r.samples, 0) / SAMPLE_RATE,
  });

  // 5. The loop.
  let badInARow = 0;
  const diverged = (cause?: unknown) =>
    trainingError(
      'AUR_TRAIN_DIVERGED',
      { step: engine.stepsDone, count: badInARow, learningRate: config.optimiser.learningRate },
      { cause },
    );
  const outOfPatience = () => config.patience !== undefined && progress.epoch - progress.bestEpoch >= config.patience;
  const begin = (epoch: number, batch: number) => {
    if (epoch >= config.epochs) return undefined;
    const { batches, ...counts } = batchesOf(epoch);
    return { ...counts, loaded: loader.batches(batches.slice(batch)) };
  };
  let current = outOfPatience() ? undefined : begin(progress.epoch, progress.batch);
  while (current) {
    const whole = progress.batch === 0;
    let learnedFrom = 0;
    for await (const step of stepsOf(current.loaded, config.batches.accumulate)) {
      progress.batch += step.loaded;
      progress.leftOut = addCounts(progress.leftOut, step.leftOut);
      if (step.batches.length === 0) continue;
      learnedFrom++;
      const started = performance.now();
      const learningRate = learningRateAt(engine.stepsDone + 1, totalSteps, config.optimiser);
      const { applied, loss, gradientNorm } = await engine.step(step.batches, learningRate);
      badInARow = applied ? 0 : badInARow + 1;
      if (applied) [progress.lossSum, progress.lossSteps] = [progress.lossSum + loss, progress.lossSteps + 1];
      else progress.skippedSteps++;
      if (badInARow >= MOST_BAD_STEPS) throw diverged();
      const tookMs = step.waitedMs + performance.now() - started;
      tell({
        kind: 'step',
        epoch: progress.epoch,
        step: engine.stepsDone,
        batch: progress.batch,
        loss,
        learningRate,
        gradientNorm,
        speed: (step.seconds * 1000) / tookMs,
        waitedMs: step.waitedMs,
        tookMs,
        applied,
      });
      if (signal?.aborted) return saveStep(checkpoints, checkpointOf(await engine.readState()));
      if (engine.stepsDone % config.checkpointSteps === 0)
        await saveStep(checkpoints, checkpointOf(await engine.readState())).catch((error: Error) => {
          // What is learned since is lost only if the run ends here too.
          tell({ kind: 'unsaved', step: engine.stepsDone, reason: error.message });
        });
    }
    const { tooLong, infeasible } = current;
    const leftOut = addCounts(corpus.leftOut, progress.leftOut);
    if (whole) requireSome(learnedFrom, { ...leftOut, tooLong, infeasible }, trainManifests, 'learn from');

    // 6. The end of an epoch: dev error rate, metrics, best checkpoints. Meanwhile the threads make the next one's first batches.
    let next = begin(progress.epoch + 1, 0);
    const evaluatedFrom = performance.now();
    const heard = report.inspection();
    const { words, characters } = await evaluateEngine(engine, config, tokens, dev.references, heard).catch((cause) => {
      // An epoch may end before so many bad steps have come; then the weights that cause them show here.
      throw badInARow > 0 && cause.code === 'AUR_DECODING_NAN' ? diverged(cause) : cause;
    });
    const best = progress.bestErrorRate === null || words.rate <= progress.bestErrorRate;
    const evaluationMs = performance.now() - evaluatedFrom;
    const { lossSum, lossSteps, skippedSteps } = progress;
    Object.assign(progress, startOfEpoch(progress.epoch + 1));
    if (best) {
      progress.bestErrorRate = words.rate;
      progress.bestEpoch = progress.epoch;
    }
    const state = await engine.readState();
    const candidate = { epoch: progress.epoch, errorRate: words.rate };
    progress.candidates = await keepCandidate(
      checkpoints,
      progress.candidates,
      candidate,
      state.average,
      config.averageBest,
    );
    // Told before it is saved: what a kill in between leaves is told again, where it would else be lost.
    tell({
      kind: 'epoch',
      epoch: progress.epoch,
      step: state.step,
      trainLoss: lossSteps > 0 ? lossSum / lossSteps : null,
      wordErrorRate: words.rate,
      characterErrorRate: characters.rate,
      exact: words.exact,
      utterances: words.utterances,
      best,
      evaluationMs,
      tooLong,
      infeasible,
      skippedSteps,
      leftOut,
      devLeftOut: dev.leftOut,
    });
    const reached = checkpointOf(state);
    if (best) await saveCheckpoint(join(checkpoints, BEST_FILE), reached);
    await saveStep(checkpoints, reached);
    if (outOfPatience()) {
      await next?.loaded.return(undefined);
      next = undefined;
    }
    current = next;
  }

  // 7. The next best epochs' weights, each taken into a mean with the best's where that is better (greedy soup: Wortsman et al. 2022).
  if (progress.candidates.length > 1 && progress.bestErrorRate !== null) {
    const bestPath = join(checkpoints, BEST_FILE);
    const best = await loadCheckpoint(bestPath);
    const live = await engine.readState();
    let mixed = progress.candidates.slice(0, 1);
    for (const candidate of progress.candidates.slice(1)) {
      const tried = [...mixed, candidate];
      const state = { ...best.state, average: await averageOf(checkpoints, tried) };
      await engine.writeState(state);
      const { words } = await evaluateEngine(engine, config, tokens, dev.references);
      const kept = words.rate < progress.bestErrorRate;
      if (kept) {
        mixed = tried;
        progress.bestErrorRate = words.rate;
        const reached = { ...best.progress, bestErrorRate: words.rate };
        await saveCheckpoint(bestPath, { ...best, progress: reached, state });
      }
      const epochs = tried.map(({ epoch }) => epoch).sort((a, b) => a - b);
      tell({ kind: 'averaged', epochs, wordErrorRate: words.rate, kept });
    }
    await engine.writeState(live);
  }
  tell({
    kind: 'done',
    step: engine.stepsDone,
    bestErrorRate: progress.bestErrorRate ?? Number.NaN,
    stoppedEarly: progress.epoch < config.epochs,
  });
}

/** Steps of the whole run. Epochs are much alike but for those in which joining grows: only these are counted one by one. */
function countSteps({ epochs, augment, batches }: TrainConfig, batchesOf: (epoch: number) => number): number {
  const steps = (epoch: number) => Math.ceil(batchesOf(epoch) / batches.accumulate);
  const growing = Math.min(augment.rampEpochs, epochs - 1);
  const grown = Array.from({ length: growing }, (_, epoch) => steps(epoch)).reduce((a, b) => a + b, 0);
  return grown + (epochs - growing) * steps(epochs - 1);
}

/** Which layers integers will compute, by the ranges of what the start makes of some examples. */
async function integersOf(
  loader: ExampleLoader,
  { quantisation, evaluateChunk }: TrainConfig,
  spec: ModelSpec,
  weights: Float32Array,
  plans: readonly ExamplePlan[],
): Promise<IntegerLayers | undefined> {
  if (!quantisation) return undefined;
  const { made } = await loader.examples(plans.slice(0, quantisation.examples));
  return calibratedIntegers(
    spec,
    weights,
    evaluateChunk,
    made.filter((example) => example !== undefined),
  );
}

async function statisticsOf(loader: ExampleLoader, config: TrainConfig, corpus: Corpus, manifests: string[]) {
  const { made, leftOut } = await loader.examples(sampleOf(corpus.recordings).map((r) => plainExample(config, r)));
  const examples = made.filter((example) => example !== undefined);
  requireSome(examples.length, addCounts(corpus.leftOut, leftOut), manifests, 'learn from');
  const statistics = featureStatistics(examples, config.model.melBins);
  if (!statistics) throw trainingError('AUR_TRAIN_SILENT', { manifests: manifests.join(', ') });
  return statistics;
}

function requireSome(some: number, leftOut: Corpus['leftOut'], manifests: readonly string[], purpose: string): void {
  if (some > 0) return;
  const reasons = Object.entries(leftOut)
    .filter(([, count]) => count > 0)
    .map(([code, count]) => `${count} ${code}`)
    .join(', ');
  throw trainingError('AUR_TRAIN_NO_DATA', {
    manifests: manifests.join(', '),
    purpose,
    reasons: reasons || 'the manifests are empty',
  });
}
