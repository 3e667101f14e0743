/** `auricle data vocab`: manifests go in, the tokens.txt of a vocabulary of their texts comes out. */
import { join } from 'node:path';
import { readRecordings, writeLines } from '@auricle/datasets';
import {
  bpeTokens,
  characterTokens,
  countWords,
  encodeText,
  formatTokens,
  type Lexicon,
  parseLexicon,
  type TokenTable,
  wordTokens,
} from '@auricle/decoding';
import { Command, Option } from 'commander';
import { textOf } from '../../decoding-options.js';
import { cliError, wholeNumber } from '../../errors.js';

interface Flags {
  kind: 'characters' | 'bpe' | 'words';
  size?: number;
  byteFallback: boolean;
  lexicon?: string;
}

export const vocabCommand = new Command('vocab')
  .description('make a vocabulary of the texts of manifests: tokens.txt, as sherpa-onnx reads it')
  .usage('[options] <manifest...> <out>')
  .argument('<paths...>', 'manifests, and last the folder for tokens.txt')
  .addOption(
    new Option('--kind <kind>', 'what a token is; bpe: frequent parts of words')
      .choices(['characters', 'bpe', 'words'])
      .makeOptionMandatory(),
  )
  .option('--size <count>', 'tokens in all, with the blank; for bpe', wholeNumber('--size', 2, 1_000_000))
  .option('--byte-fallback', '256 tokens more, that spell what the texts do not have; not for words', false)
  .option('--lexicon <file>', 'of words as it says that they are said: for tokens that are sounds')
  .action(async (paths: string[], flags: Flags) => {
    const [manifests, folder] = [paths.slice(0, -1), paths[paths.length - 1]];
    check(manifests, flags);
    const lexicon = flags.lexicon === undefined ? undefined : parseLexicon(await textOf(flags.lexicon));
    const written = new Map<string, number>();
    for (const manifest of manifests)
      for await (const { text = '' } of readRecordings(manifest)) countWords([text], written);
    const counts = lexicon ? said(lexicon, written) : written;
    const table = tokensOf(counts, flags);
    const path = join(folder, 'tokens.txt');
    await writeLines([path], ([file]) => file.write(formatTokens(table).trimEnd()));
    report(path, table, counts, flags);
  });

function check(manifests: readonly string[], { kind, size, byteFallback }: Flags): void {
  const fail = (problem: string) => cliError('AUR_CLI_VOCABULARY', { problem });
  if (manifests.length === 0) throw fail('one path is given: expected manifests and then a folder');
  if (kind === 'bpe' && size === undefined) throw fail('--kind bpe needs --size');
  if (kind !== 'bpe' && size !== undefined) throw fail(`--kind ${kind} has the size of its texts: expected no --size`);
  if (kind === 'words' && byteFallback) throw fail('--kind words has no parts of words: expected no --byte-fallback');
}

function tokensOf(counts: Map<string, number>, { kind, size, byteFallback }: Flags): TokenTable {
  if (counts.size === 0) throw cliError('AUR_CLI_VOCABULARY', { problem: 'the manifests hold no word' });
  if (kind === 'bpe') return bpeTokens(counts, { size: size!, byteFallback });
  return kind === 'words' ? wordTokens(counts.keys()) : characterTokens(counts.keys(), { byteFallback });
}

/** Words as they are said, with their counts; those that the lexicon lacks are left out, and it is told how many. */
function said(lexicon: Lexicon, written: ReadonlyMap<string, number>): Map<string, number> {
  const counts = new Map<string, number>();
  let missing = 0;
  for (const [word, count] of written) {
    const spelling = lexicon.get(word)?.[0];
    if (spelling === undefined) missing++;
    else counts.set(spelling, (counts.get(spelling) ?? 0) + count);
  }
  if (missing > 0) console.log(`${missing} words left out, which the lexicon does not have`);
  return counts;
}

function report(path: string, table: TokenTable, counts: Map<string, number>, { size }: Flags): void {
  let [words, tokens] = [0, 0];
  for (const [word, count] of counts) {
    words += count;
    tokens += count * encodeText(table, word).length;
  }
  console.log(`${path}: ${table.symbols.length} tokens of ${words} words, ${counts.size} different`);
  if (size !== undefined && table.symbols.length < size)
    console.log(`${size - table.symbols.length} fewer than asked for: no more pairs occur twice`);
  console.log(`${(tokens / words).toFixed(2)} tokens a word`);
}
