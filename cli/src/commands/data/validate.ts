/** `auricle data validate`: manifests go in, their sound lines and the others with reasons come out. */
import { readFile } from 'node:fs/promises';
import { datasetError, type ValidationReport, validateManifests } from '@auricle/datasets';
import { encodeText, parseTokens, type TokenTable } from '@auricle/decoding';
import { Command } from 'commander';
import { counter } from './counter.js';

/** Of a run that did its work and found lines to quarantine; 1 is a run that failed. */
const QUARANTINED = 2;

export const validateCommand = new Command('validate')
  .description(
    'check every line of manifests and decode what it names; exits with 2 when lines must not be trained on\n\n' +
      'With several manifests the first word of a name tells its split: audio and speakers in two splits are reported.',
  )
  .argument('<manifests...>')
  .option('--vocabulary <tokens.txt>', 'check the texts against it')
  .option(
    '--out <folder>',
    'write clean.jsonl, quarantine.jsonl and warnings.jsonl there; of several manifests, each into a folder of its name',
  )
  .option('--no-audio', 'check only what the lines say, decode nothing')
  .action(async (manifests: string[], options: { vocabulary?: string; out?: string; audio: boolean }) => {
    const tokens = options.vocabulary === undefined ? undefined : await readTokens(options.vocabulary);
    const line = counter('{bar} {percentage}% | {lines} lines, {quarantined} quarantined | {eta_formatted} left');
    try {
      const report = await validateManifests(manifests, {
        out: options.out,
        decode: options.audio,
        encode: tokens ? (text) => encodeText(tokens, text) : undefined,
        onProgress: ({ bytes, totalBytes, ...figures }) => line.show(bytes, totalBytes, figures),
      });
      line.stop();
      printReport(report);
      if (report.manifests.some(({ quarantined }) => quarantined > 0)) process.exitCode = QUARANTINED;
    } finally {
      line.stop();
    }
  });

async function readTokens(path: string): Promise<TokenTable> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw datasetError('AUR_VALIDATE_VOCABULARY', { path, reason: cause.message }, { cause });
  });
  return parseTokens(text);
}

function printReport({ manifests, overlaps }: ValidationReport): void {
  for (const { path, split, lines, clean, seconds, quarantined, ...codes } of manifests) {
    console.log(
      `${path} (split "${split}"): ${clean} of ${lines} lines clean, ${(seconds / 3600).toFixed(3)} h; ${quarantined} quarantined`,
    );
    for (const kind of ['reasons', 'warnings'] as const)
      for (const [code, { count, messages }] of Object.entries(codes[kind]))
        console.log(
          `  ${kind === 'reasons' ? 'quarantined' : 'warning'}: ${count} by ${code}, for example\n    ${messages.join('\n    ')}`,
        );
  }
  for (const { code, message } of overlaps) console.log(`warning: ${code}: ${message}`);
}
