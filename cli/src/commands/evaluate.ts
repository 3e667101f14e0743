/** `auricle evaluate`: a model bundle and manifests go in, its error rates come out. */
import { readHypotheses, writeHypotheses } from '@auricle/datasets';
import { compareScores, type EditCounts, errorRateOf, type UtteranceScore } from '@auricle/decoding';
import { Command } from 'commander';
import { withDecodingOptions } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { cliError, wholeNumber } from '../errors.js';
import { comparisonLines } from '../scoring/comparison-lines.js';
import { bootstrapOf, type ListingOptions, type ScoringOptions, withListings } from '../scoring/options.js';
import { type RecognitionOptions, recogniseManifests } from '../scoring/recognise.js';
import { reportLines, reportOf, writeReport } from '../scoring/report.js';
import { scoreTexts, TextScorer } from '../scoring/score-texts.js';
import { percent } from '../scoring/table.js';
import { calibrationLine, calibrationOf } from '../words/confidence-figures.js';
import { timeAccuracy, timeAccuracyLine } from '../words/time-accuracy.js';
import { counter } from './data/counter.js';

interface Options extends ScoringOptions, ListingOptions, RecognitionOptions {
  hypotheses?: string;
  compare?: string;
}

/** Of an evaluation that did its work but could not read all the audio; 1 is one that failed. */
const UNREADABLE = 2;
/** Reasons that are printed; the JSON file has all. */
const SHOWN = 20;

export const evaluateCommand = withListings(
  withDecodingOptions(new Command('evaluate'))
    .description(
      'word, character and sentence error rates of a model bundle on manifests\n\n' +
        'Utterances whose audio cannot be read are named and left out; the exit code is 2 then.',
    )
    .argument('<manifests...>')
    .option('--model <bundle>', 'folder of a model bundle', DEFAULT_BUNDLE)
    .option('--float', 'use the float model where there is an int8 one too', false)
    .option('--server', 'through a real server and WebSocket connections instead of in process', false)
    .option('--packet-ms <ms>', 'audio a packet, with --server', wholeNumber('--packet-ms', 1, 10_000), 20)
    .option('--word-times', 'how far the times of words are from those of a forced alignment', false)
    .option('--word-times-from <ctm>', 'how far they are from those in a CTM file')
    .option('--hypotheses <file>', 'keep what was heard there, as JSON lines, to score or compare it later')
    .option('--compare <file>', 'compare with hypotheses that were kept before'),
).action(async (manifests: string[], options: Options) => {
  const before = options.compare === undefined ? undefined : await readHypotheses(options.compare);
  const scorer = new TextScorer(options);
  const scores = new Map<string, UtteranceScore>();
  const counts: EditCounts = { correct: 0, substitutions: 0, deletions: 0, insertions: 0 };
  const line = counter('{bar} {percentage}% | {value}/{total} | WER {wer} | {speed}x real time | {eta_formatted} left');
  const recognised = await recogniseManifests(manifests, options, (texts, { done, total, timesRealTime }) => {
    if (texts) {
      const score = scorer.score(texts);
      scores.set(texts.id, score);
      for (const key of Object.keys(counts) as (keyof EditCounts)[]) counts[key] += score.words[key];
    }
    line.show(done, total, { wer: percent(errorRateOf([counts]).rate), speed: timesRealTime.toFixed(0) });
  }).finally(() => line.stop());

  const { texts, unreadable, audioSeconds, wallSeconds } = recognised;
  if (options.hypotheses) await writeHypotheses(options.hypotheses, texts);
  for (const { id, code, message } of unreadable.slice(0, SHOWN)) console.log(`not read: ${id}: ${code}: ${message}`);
  if (unreadable.length > SHOWN) console.log(`not read: ${unreadable.length - SHOWN} more`);
  if (texts.length === 0) throw cliError('AUR_CLI_NOTHING_TO_SCORE', { path: manifests.join(', ') });

  // In the order of the manifests, whichever was recognised first: the intervals depend on it.
  const scored = { scores: texts.map(({ id }) => scores.get(id)!), unknown: scorer.unknown };
  const report = reportOf(scored, options);
  for (const text of reportLines(report, options)) console.log(text);
  const realTimeFactor = wallSeconds / audioSeconds;
  console.log(
    `${audioSeconds.toFixed(1)} s of audio in ${wallSeconds.toFixed(1)} s: ${(1 / realTimeFactor).toFixed(1)}x real time (real-time factor ${realTimeFactor.toFixed(3)})`,
  );
  const { timeErrors, untimed, judgedWords } = recognised;
  // Confidences are of the words as they were heard.
  const calibration = options.normalise === undefined && calibrationOf(judgedWords);
  if (calibration) console.log(calibrationLine(calibration));
  const accuracy = timeErrors.length > 0 ? timeAccuracy(timeErrors) : undefined;
  if (accuracy) console.log(timeAccuracyLine(accuracy, options.wordTimesFrom ?? 'forced alignment'));
  if (untimed.length > 0)
    console.log(`no times for ${untimed.length} utterances: ${untimed[0].id}: ${untimed[0].message}`);
  const comparison = before && compareScores(scoreTexts(before, options).scores, scored.scores, bootstrapOf(options));
  if (comparison) {
    console.log('');
    for (const text of comparisonLines(comparison, [options.compare!, options.model])) console.log(text);
  }
  if (options.json) {
    const speed = { audioSeconds, wallSeconds, realTimeFactor };
    await writeReport(options.json, report, {
      manifests,
      model: options.model,
      speed,
      unreadable,
      comparison,
      wordTimes: accuracy,
      confidence: calibration || undefined,
    });
  }
  if (unreadable.length > 0) {
    console.log(
      `${unreadable.length} of ${texts.length + unreadable.length} utterances could not be read and are in no figure`,
    );
    process.exitCode = UNREADABLE;
  }
});
