/** `auricle data pronounce`: a lexicon and words that it lacks go in, lines for it come out that say how these are probably said. */
import { formatLexicon, GraphemeToPhoneme, parseLexicon } from '@auricle/decoding';
import { Command } from 'commander';
import { textOf } from '../../decoding-options.js';
import { cliError, wholeNumber } from '../../errors.js';

export const pronounceCommand = new Command('pronounce')
  .description("guess how words are said, of a lexicon's other words: lines to look over and to add to it")
  .argument('<lexicon>', '`word sound sound …` a line')
  .argument('<words...>', 'that it may not have; those that it has are left out')
  .option('--most <count>', 'guesses a word, the likeliest first', wholeNumber('--most', 1, 100), 1)
  .action(async (path: string, words: string[], { most }: { most: number }) => {
    const lexicon = parseLexicon(await textOf(path));
    const missing = [...new Set(words)].filter((word) => !lexicon.has(word));
    if (missing.length === 0) return;
    const guesser = new GraphemeToPhoneme(lexicon);
    const guesses = missing.map((word) => {
      const spellings = guesser.guess(word, most);
      if (spellings.length === 0) throw cliError('AUR_CLI_PRONUNCIATION', { path, word });
      return [word, spellings] as const;
    });
    process.stdout.write(formatLexicon(new Map(guesses)));
  });
