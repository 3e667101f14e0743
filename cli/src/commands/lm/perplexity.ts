/** `auricle lm perplexity`: a model and texts go in, how well it foretells them comes out. */
import { loadModel, PerplexityMeter } from '@auricle/decoding';
import { Command } from 'commander';
import { languageOption } from './options.js';
import { sentencesOf } from './sentences.js';
import { perplexityLine } from './show.js';

export const perplexityCommand = new Command('perplexity')
  .description('perplexity of texts under a model')
  .argument('<model>')
  .argument('<texts...>', 'a sentence a line (also .gz), or manifests (.jsonl)')
  .addOption(languageOption())
  .action(async (path: string, texts: string[], { language }: { language?: string }) => {
    const meter = new PerplexityMeter(await loadModel(path));
    for await (const sentences of sentencesOf(texts, language)) for (const sentence of sentences) meter.add(sentence);
    console.log(perplexityLine(meter.result()));
  });
