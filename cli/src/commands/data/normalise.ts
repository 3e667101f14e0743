/** `auricle data normalise`: a manifest goes in, a manifest of texts in the few symbols that a model learns comes out. */
import { codePoint, type Digits, normaliseManifest } from '@auricle/datasets';
import { Command, Option } from 'commander';

export const normaliseCommand = new Command('normalise')
  .description('write the texts of a manifest in letters alone: case, punctuation, abbreviations, numbers read out')
  .argument('<manifest>')
  .argument('<out>', 'manifest to write; paths in it are relative to it, the text as it was stays under text_original')
  .requiredOption('--language <tag>', 'BCP 47; en and de have rules of their own, others a neutral default')
  .addOption(
    new Option('--digits <what>', 'read: read out where the language has rules for it, else refuse')
      .choices(['read', 'keep', 'refuse'])
      .default('read'),
  )
  .action(async (manifest: string, out: string, options: { language: string; digits: Digits }) => {
    const report = await normaliseManifest(manifest, out, options);
    console.log(`${out}: ${report.utterances} utterances, the text of ${report.changed} changed`);
    if (!report.quarantinePath) return;
    for (const [code, { count, messages }] of Object.entries(report.reasons))
      console.log(`left out: ${count} by ${code}, for example\n  ${messages.join('\n  ')}`);
    const unknown = Object.entries(report.unknown).sort(([, a], [, b]) => b - a);
    if (unknown.length > 0) console.log('characters that no rule covers, and in how many texts:');
    for (const [character, count] of unknown) console.log(`  ${character} ${codePoint(character)} ${count}`);
    console.log(`${report.quarantinePath}: all ${report.quarantined} left out`);
  });
