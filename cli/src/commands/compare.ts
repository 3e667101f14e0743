/** `auricle compare`: what two systems heard of the same utterances goes in, which errs less and how sure that is come out. */
import { matchTranscripts, readHypotheses, writeLines } from '@auricle/datasets';
import { compareScores } from '@auricle/decoding';
import { Command } from 'commander';
import { comparisonLines } from '../scoring/comparison-lines.js';
import { bootstrapOf, type ScoringOptions, withScoring } from '../scoring/options.js';
import { scoreTexts } from '../scoring/score-texts.js';

interface Options extends ScoringOptions {
  references?: string;
}

export const compareCommand = withScoring(
  new Command('compare')
    .description(
      'tell whether one of two systems errs less by more than chance, on the utterances that both have\n\n' +
        'Files as "auricle evaluate --hypotheses" writes them; with --references in any form that "auricle score" reads.',
    )
    .argument('<first>')
    .argument('<second>'),
)
  .option('--references <file>', 'what was said, where the files do not tell')
  .action(async (first: string, second: string, options: Options) => {
    const scores = [];
    for (const path of [first, second]) {
      const texts =
        options.references === undefined
          ? await readHypotheses(path)
          : (await matchTranscripts(options.references, path, 'skip')).texts;
      scores.push(scoreTexts(texts, options).scores);
    }
    const comparison = compareScores(scores[0], scores[1], bootstrapOf(options));
    for (const line of comparisonLines(comparison, [first, second])) console.log(line);
    const { json } = options;
    if (json)
      await writeLines([json], ([file]) => file.write(JSON.stringify({ files: [first, second], ...comparison })));
  });
