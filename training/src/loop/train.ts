/** A recipe goes in, a trained checkpoint in a run folder comes out: the training loop, from top to bottom. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { characterTokens, parseTokens, spaceToken, type TokenTable, wordTokens } from '@auricle/decoding';
import { type BucketShape, bucketShapes, planBatches } from '../data/batches.js';
import { addCounts, type Corpus, loadCorpus, manifestTexts, SAMPLE_RATE } from '../data/corpus.js';
import { plainExample, planEpoch } from '../data/example.js';
import { ExampleLoader } from '../data/loader.js';
import { featureStatistics, sampleOf } from '../data/statistics.js';
import { initialState, type TrainingEngine } from '../engine/engine.js';
import { OnnxEngine } from '../engine/onnx-engine.js';
import { BLANK } from '../engine/step.js';
import { trainingError } from '../errors.js';
import { parameterCount, parameterSpecs } from '../model/config.js';
import { initialWeights } from '../model/init.js';
import { RunReport } from '../report/run-report.js';
import {
  BEST_FILE,
  type Checkpoint,
  newestCheckpoint,
  saveCheckpoint,
  saveStep,
  startOfEpoch,
  startOfRun,
} from './checkpoint.js';
import { manifestPaths, type TrainConfig } from './config.js';
import { evaluateEngine, type Reference } from './evaluate.js';
import { lockRunFolder } from './run-folder.js';
import { learningRateAt } from './schedule.js';

/** So many steps in a row without a finite gradient end the run. */
const MOST_BAD_STEPS = 20;

export type TrainEvent =
  | {
      kind: 'start';
      parameters: number;
      steps: number;
      step: number;
      epochs: number;
      /** of the run so far; null before its first epoch's end */
      bestErrorRate: number | null;
      shapes: BucketShape[];
      leftOut: Corpus['leftOut'];
      trainSeconds: number;
    }
  | {
      kind: 'step';
      epoch: number;
      step: number;
      /** batches of the epoch so far */
      batch: number;
      loss: number;
      learningRate: number;
      gradientNorm: number;
      /** seconds of audio a second */
      speed: number;
      /** for a batch to learn from */
      waitedMs: number;
      /** waiting and step together */
      tookMs: number;
      applied: boolean;
    }
  | {
      kind: 'epoch';
      epoch: number;
      step: number;
      /** mean of the epoch's applied steps, in nats a token; null where there was none */
      trainLoss: number | null;
      wordErrorRate: number;
      characterErrorRate: number;
      exact: number;
      utterances: number;
      best: boolean;
      /** that the dev error rate took */
      evaluationMs: number;
      tooLong: number;
      infeasible: number;
      skippedSteps: number;
      leftOut: Corpus['leftOut'];
      devLeftOut: Corpus['leftOut'];
    }
  /** something that training goes on without */
  | { kind: 'warning'; code: string; message: string }
  | { kind: 'done'; step: number; bestErrorRate: number };

export interface TrainOptions {
  /** continue the run that the folder holds */
  resume: boolean;
  onEvent?: (event: TrainEvent) => void;
  /** threads that make batches (default: one less than the cores) */
  loaderThreads?: number;
  /** when aborted, the run saves a checkpoint and returns */
  signal?: AbortSignal;
}

/** Trains until the recipe's last epoch.
 *  @param folder gets `checkpoints/`, and what `RunReport` writes
 *  @throws AUR_TRAIN_… as in `errors.ts` */
export async function train(config: TrainConfig, folder: string, options: TrainOptions): Promise<void> {
  const unlock = await lockRunFolder(folder);
  try {
    await trainLocked(config, folder, options);
  } finally {
    await unlock();
  }
}

async function trainLocked(config: TrainConfig, folder: string, options: TrainOptions): Promise<void> {
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

  // 2. The vocabulary and the data.
  const tokens = before?.tokens ?? (await vocabularyOf(config, trainManifests));
  const corpus = await loadCorpus(trainManifests, tokens, config.batches.maximumSeconds);
  requireSome(corpus.recordings.length, corpus.leftOut, trainManifests, 'learn from');
  const dev = await loadReferences(loader, config, devManifests, tokens);
  requireSome(dev.references.length, dev.leftOut, devManifests, 'choose the checkpoint by');

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
    features: await statisticsOf(loader, config, corpus, trainManifests),
  };
  const specs = parameterSpecs(spec);
  const engine = new OnnxEngine(
    spec,
    config.optimiser,
    before?.state ?? initialState(initialWeights(specs, config.seed)),
  );
  open.engine = engine;
  const progress = before?.progress ?? startOfRun();
  const checkpoint = (): Checkpoint => ({ config, spec, tokens, progress: { ...progress }, state: engine.state });
  const report = RunReport.open(
    folder,
    { config, tokens, progress, step: engine.state.step, dev: dev.references },
    onEvent,
  );
  open.report = report;
  const tell = (event: TrainEvent) => {
    report.add(event);
    onEvent?.(event);
  };
  tell({
    kind: 'start',
    parameters: parameterCount(specs),
    steps: totalSteps,
    step: engine.state.step,
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
      { step: engine.state.step, count: badInARow, learningRate: config.optimiser.learningRate },
      { cause },
    );
  const begin = (epoch: number, batch: number) => {
    if (epoch >= config.epochs) return undefined;
    const { batches, ...counts } = batchesOf(epoch);
    return { ...counts, loaded: loader.batches(batches.slice(batch)) };
  };
  let current = begin(progress.epoch, progress.batch);
  while (current) {
    const whole = progress.batch === 0;
    let learnedFrom = 0;
    let asked = performance.now();
    for await (const { made, leftOut } of current.loaded) {
      const waited = performance.now() - asked;
      progress.batch++;
      progress.leftOut = addCounts(progress.leftOut, leftOut);
      // A step on nothing would still let the weights decay.
      if (!made.batch.frameLengths.some((frames) => frames > 0)) continue;
      learnedFrom++;
      const learningRate = learningRateAt(engine.state.step + 1, totalSteps, config.optimiser);
      const { applied, loss, gradientNorm } = await engine.step(made.batch, learningRate);
      badInARow = applied ? 0 : badInARow + 1;
      if (applied) [progress.lossSum, progress.lossSteps] = [progress.lossSum + loss, progress.lossSteps + 1];
      else progress.skippedSteps++;
      if (badInARow >= MOST_BAD_STEPS) throw diverged();
      const took = performance.now() - asked;
      tell({
        kind: 'step',
        epoch: progress.epoch,
        step: engine.state.step,
        batch: progress.batch,
        loss,
        learningRate,
        gradientNorm,
        speed: (made.seconds * 1000) / took,
        waitedMs: waited,
        tookMs: took,
        applied,
      });
      if (signal?.aborted) return saveStep(checkpoints, checkpoint());
      if (engine.state.step % config.checkpointSteps === 0) await saveStep(checkpoints, checkpoint());
      asked = performance.now();
    }
    const { tooLong, infeasible } = current;
    const leftOut = addCounts(corpus.leftOut, progress.leftOut);
    if (whole) requireSome(learnedFrom, { ...leftOut, tooLong, infeasible }, trainManifests, 'learn from');

    // 6. The end of an epoch: dev error rate, metrics, best checkpoint. Meanwhile the threads make the next one's first batches.
    const next = begin(progress.epoch + 1, 0);
    const evaluatedFrom = performance.now();
    const heard = report.inspection();
    const { words, characters } = await evaluateEngine(engine, config, tokens, dev.references, heard).catch((cause) => {
      // An epoch may end before so many bad steps have come; then the weights that cause them show here.
      throw badInARow > 0 && cause.code === 'AUR_DECODING_NAN' ? diverged(cause) : cause;
    });
    const best = progress.bestErrorRate === null || words.rate <= progress.bestErrorRate;
    const { lossSum, lossSteps, skippedSteps } = progress;
    Object.assign(progress, startOfEpoch(progress.epoch + 1));
    if (best) progress.bestErrorRate = words.rate;
    // Told before it is saved: what a kill in between leaves is told again, where it would else be lost.
    tell({
      kind: 'epoch',
      epoch: progress.epoch,
      step: engine.state.step,
      trainLoss: lossSteps > 0 ? lossSum / lossSteps : null,
      wordErrorRate: words.rate,
      characterErrorRate: characters.rate,
      exact: words.exact,
      utterances: words.utterances,
      best,
      evaluationMs: performance.now() - evaluatedFrom,
      tooLong,
      infeasible,
      skippedSteps,
      leftOut,
      devLeftOut: dev.leftOut,
    });
    if (best) await saveCheckpoint(join(checkpoints, BEST_FILE), checkpoint());
    await saveStep(checkpoints, checkpoint());
    current = next;
  }
  tell({ kind: 'done', step: engine.state.step, bestErrorRate: progress.bestErrorRate ?? Number.NaN });
}

async function vocabularyOf({ vocabulary }: TrainConfig, manifests: string[]): Promise<TokenTable> {
  if (vocabulary === 'characters') return characterTokens(await manifestTexts(manifests));
  if (vocabulary === 'words') return wordTokens(await manifestTexts(manifests));
  const unusable = (reason: string, cause?: unknown) =>
    trainingError('AUR_TRAIN_VOCABULARY', { path: vocabulary, reason }, { cause });
  let tokens: TokenTable;
  try {
    tokens = parseTokens(await readFile(vocabulary, 'utf8'));
  } catch (cause) {
    throw unusable((cause as Error).message, cause);
  }
  if (tokens.blankId !== BLANK) throw unusable(`its blank is token ${tokens.blankId}: expected ${BLANK}`);
  return tokens;
}

/** The dev utterances' frames, made once and kept. */
async function loadReferences(loader: ExampleLoader, config: TrainConfig, manifests: string[], tokens: TokenTable) {
  const { recordings, leftOut } = await loadCorpus(manifests, tokens, Number.POSITIVE_INFINITY);
  const { made, leftOut: lost } = await loader.examples(recordings.map((r) => plainExample(config, r)));
  const references = recordings.flatMap(({ utterance }, i): Reference[] => {
    const example = made[i];
    return example ? [{ example, text: utterance.text, source: utterance.audio_filepath }] : [];
  });
  return { references, leftOut: addCounts(leftOut, lost) };
}

async function statisticsOf(loader: ExampleLoader, config: TrainConfig, corpus: Corpus, manifests: string[]) {
  const { made, leftOut } = await loader.examples(sampleOf(corpus.recordings).map((r) => plainExample(config, r)));
  const examples = made.filter((example) => example !== undefined);
  requireSome(examples.length, addCounts(corpus.leftOut, leftOut), manifests, 'learn from');
  return featureStatistics(examples, config.model.melBins);
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
