/** `auricle score`: references and what any system heard go in, its error rates come out. */
import { type MissingHypotheses, matchTranscripts } from '@auricle/datasets';
import { Command, Option } from 'commander';
import { cliError } from '../errors.js';
import { type ListingOptions, type ScoringOptions, withListings } from '../scoring/options.js';
import { reportLines, reportOf, writeReport } from '../scoring/report.js';
import { scoreTexts } from '../scoring/score-texts.js';

interface Options extends ScoringOptions, ListingOptions {
  missing: MissingHypotheses;
}

export const scoreCommand = withListings(
  new Command('score')
    .description(
      'error rates of what any system heard\n\n' +
        'Files by their names: sclite\'s .trn ("text (id)"), .jsonl (manifests, hypotheses of "auricle evaluate", NeMo\'s pred_text), else Kaldi\'s text ("id text").',
    )
    .argument('<references>')
    .argument('<hypotheses>'),
)
  .addOption(
    new Option('--missing <what>', 'utterances without a hypothesis: an error, one of no words, or left out')
      .choices(['refuse', 'empty', 'skip'])
      .default('refuse'),
  )
  .action(async (references: string, hypotheses: string, options: Options) => {
    const { texts, missing } = await matchTranscripts(references, hypotheses, options.missing);
    if (texts.length === 0) throw cliError('AUR_CLI_NOTHING_TO_SCORE', { path: references });
    const report = reportOf(scoreTexts(texts, options), options);
    for (const line of reportLines(report, options)) console.log(line);
    if (missing.length > 0)
      console.log(
        `without a hypothesis: ${missing.length} utterances, the first ${missing[0]}; ${options.missing === 'skip' ? 'left out' : 'all their words count as deleted'}`,
      );
    if (options.json) await writeReport(options.json, report, { references, hypotheses, missing });
  });
